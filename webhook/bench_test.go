package webhook

import (
	"bytes"
	_ "embed"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
)

//go:embed testdata/review.json
var usualReview []byte

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// SetReadDeadline is there as it is on a real connection.
func (d *discard) SetReadDeadline(time.Time) error { return nil }

// BenchmarkReview measures one review of 14 collectors without the network.
func BenchmarkReview(b *testing.B) {
	handler := NewHandler(HandlerOptions{Phase: Mutate, Metrics: NewMetrics(prometheus.NewRegistry()), Log: logr.Discard()})
	request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, MutatePath, nil)
	request.Header.Set("Content-Type", "application/json")
	reader := bytes.NewReader(usualReview)
	request.Body = io.NopCloser(reader)
	b.ReportAllocs()
	b.SetBytes(int64(len(usualReview)))
	for b.Loop() {
		reader.Reset(usualReview)
		handler.ServeHTTP(&discard{http.Header{}}, request)
	}
}
