package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"sluice/validation"
)

const (
	// maxBody bounds one request. etcd stores objects of up to 1.5 MiB; a review has the new
	// and the old object, and the options of a patch add little.
	maxBody = 4 << 20
	// usualBody is enough for a review of a Network (about 7 kB).
	usualBody = 16 << 10
	// maxBuffered bounds the bodies of all requests of a server together.
	maxBuffered = 32 << 20
)

// bodyReader reads request bodies within bounds of size, total memory and time.
type bodyReader struct {
	timeout  time.Duration
	buffered atomic.Int64
	pool     sync.Pool
}

// body is the content of one request, with what reads it, whose memory is worth keeping too.
// It is valid until release.
type body struct {
	bytes.Buffer
	json     *jsontext.Decoder
	values   *validation.ValueReader
	reserved int64
}

func newBodyReader() *bodyReader { return &bodyReader{timeout: bodyTimeout} }

func newBody() *body {
	b := &body{json: jsontext.NewDecoder(new(bytes.Buffer)), values: validation.NewValueReader()}
	b.Grow(usualBody)
	return b
}

// read reads the whole body. Memory is reserved as bytes arrive, so that slow clients hold little
// memory and don't block others.
func (b *bodyReader) read(w http.ResponseWriter, r *http.Request) (*body, error) {
	if err := acceptable(r); err != nil {
		return nil, err
	}
	// The ResponseWriter of some tests supports no deadlines.
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(b.timeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("set read deadline: %w", err)
	}
	buffer, ok := b.pool.Get().(*body)
	if !ok {
		buffer = newBody()
	}
	if err := b.fill(buffer, r.Body); err != nil {
		b.release(buffer)
		return nil, err
	}
	return buffer, nil
}

func acceptable(r *http.Request) error {
	if r.Method != http.MethodPost {
		return &requestError{http.StatusMethodNotAllowed, "wrong-method", fmt.Errorf("want method POST, got %s", validation.Quote(r.Method))}
	}
	if contentType := r.Header.Get("Content-Type"); contentType != "application/json" {
		if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
			return &requestError{http.StatusUnsupportedMediaType, "wrong-content-type", fmt.Errorf("want Content-Type application/json, got %s", validation.Quote(contentType))}
		}
	}
	if r.ContentLength > maxBody {
		return tooLarge()
	}
	return nil
}

func tooLarge() error {
	return &requestError{http.StatusRequestEntityTooLarge, "too-large", fmt.Errorf("the body is larger than %d bytes", maxBody)}
}

func (b *bodyReader) fill(to *body, from io.Reader) error {
	for {
		if err := b.reserve(to); err != nil {
			return err
		}
		free := to.AvailableBuffer()
		n, err := from.Read(free[:cap(free)])
		to.Write(free[:n])
		if to.Len() > maxBody {
			return tooLarge()
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return &requestError{http.StatusRequestTimeout, "slow", fmt.Errorf("the body did not arrive within %s", b.timeout)}
		case err != nil:
			return badRequest("truncated", "read the body: %w", err)
		}
	}
}

// reserve grows the buffer for the next read, and counts the memory.
func (b *bodyReader) reserve(to *body) error {
	if to.Available() < bytes.MinRead {
		to.Grow(max(to.Len(), usualBody))
	}
	more := int64(to.Cap()) - to.reserved
	if b.buffered.Add(more) > maxBuffered {
		b.buffered.Add(-more)
		return &requestError{http.StatusServiceUnavailable, "busy", errors.New("too many concurrent requests")}
	}
	to.reserved += more
	return nil
}

func (b *bodyReader) release(buffer *body) {
	b.buffered.Add(-buffer.reserved)
	buffer.reserved = 0
	if buffer.Cap() > 4*usualBody {
		return // rarely this large, so not worth keeping
	}
	buffer.Reset()
	buffer.values.Reset()
	b.pool.Put(buffer)
}
