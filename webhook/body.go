package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"sluice/validation"
)

// maxBody bounds one request, so that no API server sends more. etcd stores requests of 1.5 MiB, and the API
// server takes 3 MiB. A JSON patch may add that to a stored object, and copy as much again. In a
// review, one byte can take six ("\u003c"), and the old object comes on top: (1.5+3+3+1.5)*6 = 54 MiB.
// The memory for a review does not depend on its size.
const maxBody = 64 << 20

// usualBody is enough for what is kept of a review of a Network (about 4 kB).
const usualBody = freeKept

// bodyReader reads request bodies within bounds of memory and time.
type bodyReader struct {
	timeout time.Duration
	memory  *memory
	// turns bounds the reviews that are evaluated at once, by its capacity. Each takes a few MiB at
	// worst, and no time but that of the processor.
	turns chan struct{}
	pool  sync.Pool
}

// maxTurns is twice the number of processors that reviews ever need.
const maxTurns = 4

// body is what is kept of one request, with what reads it, whose memory is worth keeping too.
// It is valid until release.
type body struct {
	bytes.Buffer
	selector selector
	json     *jsontext.Decoder
	values   *validation.ValueReader
	memory   *memory
	holding  holding
}

func newBodyReader() *bodyReader {
	return &bodyReader{timeout: bodyTimeout, memory: newMemory(), turns: make(chan struct{}, maxTurns)}
}

func newBody(m *memory) *body {
	b := &body{json: jsontext.NewDecoder(new(bytes.Buffer)), values: validation.NewValueReader(), memory: m}
	b.Buffer = *bytes.NewBuffer(make([]byte, 0, usualBody))
	return b
}

// grow makes room for n bytes more.
func (b *body) grow(n int) error {
	size := 2*b.Cap() + n // as bytes.Buffer does
	if err := b.memory.reserve(&b.holding, size-freeKept-b.holding.bytes); err != nil {
		return err
	}
	b.Grow(n)
	return nil
}

// read reads the whole body, and keeps what a verdict depends on.
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
		buffer = newBody(b.memory)
	}
	buffer.holding.client = w
	buffer.selector.start(r.Body, buffer)
	err := buffer.selector.run()
	evicted := b.memory.arrived(&buffer.holding)
	if err == nil {
		return buffer, nil
	}
	b.release(buffer)
	_, known := errors.AsType[*requestError](err)
	switch {
	case known:
	case errors.Is(err, os.ErrDeadlineExceeded) && evicted:
		err = errEvicted()
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = &requestError{http.StatusRequestTimeout, "slow", fmt.Errorf("the body did not arrive within %s", b.timeout)}
	default:
		err = badRequest("truncated", "read the body: %w", err)
	}
	return nil, err
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

func (b *bodyReader) release(buffer *body) {
	b.memory.release(&buffer.holding)
	if buffer.Cap() > usualBody {
		return // rarely this large, so not worth keeping
	}
	buffer.Reset()
	buffer.values.Reset()
	b.pool.Put(buffer)
}
