package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"sluice/certs"
	"sluice/test/harness/cluster"
	"sluice/test/harness/testca"
	"sluice/webhook"
)

// usualReview is the review of a patch that adds one of 14 collectors.
func usualReview(ctx context.Context) ([]byte, error) {
	root, err := cluster.Root(ctx)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(root, "webhook", "testdata", "review.json"))
}

// reviews compares one review with a server that discards the body and answers {}.
func (b *bench) reviews(ctx context.Context) error {
	body, err := usualReview(ctx)
	if err != nil {
		return err
	}
	handler := func(phase webhook.Phase) http.Handler {
		return webhook.NewHandler(webhook.HandlerOptions{Phase: phase, Metrics: webhook.NewMetrics(prometheus.NewRegistry()), Log: logr.Discard()})
	}
	floor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
	})
	servers := []*tlsServer{}
	for _, h := range []http.Handler{floor, handler(webhook.Mutate), handler(webhook.Validate)} {
		s, err := newTLSServer(h)
		if err != nil {
			return err
		}
		defer s.Close()
		servers = append(servers, s)
	}
	const rounds, calls = 40, 250
	kept := make([][]time.Duration, len(servers))
	fresh := make([][]time.Duration, len(servers))
	for range rounds {
		for i, s := range servers {
			for range calls {
				took, err := s.call(ctx, s.kept, body)
				if err != nil {
					return err
				}
				kept[i] = append(kept[i], took)
			}
			for range calls / 25 {
				took, err := s.call(ctx, s.fresh, body)
				if err != nil {
					return err
				}
				fresh[i] = append(fresh[i], took)
			}
		}
	}
	for i, phase := range []string{"mutate", "validate"} {
		ratio := float64(median(kept[i+1])) / float64(median(kept[0]))
		b.add(row{
			"one review over TLS keep-alive, " + phase + " (" + fmt.Sprintf("%d", len(body)) + " bytes, 14 collectors) / discard and answer {}",
			micros(median(kept[0])), micros(median(kept[i+1])), fmt.Sprintf("%.2f", ratio), "≤ 2.5", ratio <= 2.5,
		})
	}
	ratio := float64(median(fresh[1])) / float64(median(fresh[0]))
	b.add(row{"the same over a new connection each time, mutate", micros(median(fresh[0])), micros(median(fresh[1])), fmt.Sprintf("%.2f", ratio), "", true})
	b.allocations(ctx, handler(webhook.Mutate), body)
	return nil
}

// allocations counts the allocations of one review, without those of the network and the harness.
func (b *bench) allocations(ctx context.Context, handler http.Handler, body []byte) {
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, webhook.MutatePath, nil)
	request.Header.Set("Content-Type", "application/json")
	reader := bytes.NewReader(body)
	request.Body = io.NopCloser(reader)
	w := &discard{header: http.Header{}}
	allocations := testing.AllocsPerRun(2000, func() {
		reader.Reset(body)
		handler.ServeHTTP(w, request)
	})
	b.add(row{"allocations of one review, mutate", "", fmt.Sprintf("%.0f", allocations), "", "≤ 60", allocations <= 60})
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header             { return d.header }
func (d *discard) Write(b []byte) (int, error)     { return len(b), nil }
func (d *discard) WriteHeader(int)                 {}
func (d *discard) SetReadDeadline(time.Time) error { return nil }

// tlsServer serves one handler like the webhook, with TLS 1.3, P-256 and HTTP/1.1.
type tlsServer struct {
	*httptest.Server
	kept, fresh *http.Client
}

func newTLSServer(h http.Handler) (*tlsServer, error) {
	authority, err := testca.New("bench", time.Now(), time.Hour, rand.Reader)
	if err != nil {
		return nil, err
	}
	pair, err := authority.Issue([]string{"127.0.0.1"}, time.Now(), time.Hour)
	if err != nil {
		return nil, err
	}
	certificate, err := certs.Pair(pair).Check(time.Now())
	if err != nil {
		return nil, err
	}
	s := &tlsServer{Server: httptest.NewUnstartedServer(h)}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}
	s.StartTLS()
	s.kept, s.fresh = httpsClient(authority.Bundle(), false), httpsClient(authority.Bundle(), true)
	return s, nil
}

func httpsClient(bundle []byte, fresh bool) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(bundle)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13},
		DisableKeepAlives:   fresh,
		MaxIdleConnsPerHost: 8,
	}}
}

func (s *tlsServer) call(ctx context.Context, c *http.Client, body []byte) (time.Duration, error) {
	return post(ctx, c, s.URL+webhook.MutatePath, body)
}

// post sends one review and reads the whole answer.
func post(ctx context.Context, c *http.Client, url string, body []byte) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	start := time.Now()
	response, err := c.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("HTTP status %s", response.Status)
	}
	return time.Since(start), nil
}
