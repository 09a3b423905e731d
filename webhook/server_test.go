package webhook

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"sluice/certs"
	"sluice/test/harness/testca"
)

// running is a server with a client that trusts it.
type running struct {
	reviews, health, metrics string
	client                   *http.Client
	stop                     context.CancelFunc
	done                     chan error
}

// freePorts returns three unused ports.
func freePorts(t *testing.T) [3]int {
	t.Helper()
	var ports [3]int
	for i := range ports {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close() // together, at the end, so that all three differ
		ports[i] = listener.Addr().(*net.TCPAddr).Port
	}
	return ports
}

func start(t *testing.T, drain time.Duration, minTLS uint16) *running {
	t.Helper()
	authority, err := testca.New("test", time.Now(), time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue([]string{"127.0.0.1"}, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := certs.Pair(pair).Check(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Bundle())
	ctx, stop := context.WithCancel(t.Context())
	r := &running{
		reviews: fmt.Sprintf("https://127.0.0.1:%d", ports[0]),
		health:  fmt.Sprintf("http://127.0.0.1:%d", ports[1]),
		metrics: fmt.Sprintf("http://127.0.0.1:%d/metrics", ports[2]),
		client:  &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}},
		stop:    stop, done: make(chan error, 1),
	}
	server := NewServer(Config{
		Host: "127.0.0.1", Port: ports[0],
		HealthAddress: fmt.Sprintf("127.0.0.1:%d", ports[1]), MetricsAddress: fmt.Sprintf("127.0.0.1:%d", ports[2]),
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate, nil },
		MinTLS:         minTLS, Drain: drain, Registry: prometheus.NewRegistry(), Log: logr.Discard(),
	})
	go func() { r.done <- server.Run(ctx) }()
	t.Cleanup(stop)
	r.await(t, http.StatusOK)
	return r
}

// await waits until /readyz answers with a status.
func (r *running) await(t *testing.T, status int) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		if got, _ := r.get(r.health + "/readyz"); got == status {
			return
		}
		select {
		case err := <-r.done:
			t.Fatalf("the server ended: %v", err)
		case <-tick.C:
		}
	}
	t.Fatalf("/readyz never answered %d", status)
}

func (r *running) get(url string) (int, string) {
	response, err := r.client.Get(url) //nolint:noctx // the test's own deadline suffices
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func (r *running) review(t *testing.T, path string) *http.Response {
	t.Helper()
	body := review(opCreate, `{"netFlow":{"collectors":["192.0.2.1"]}}`, "")
	response, err := r.client.Post(r.reviews+path, "application/json", strings.NewReader(body)) //nolint:noctx // the test's own deadline suffices
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return response
}

func TestServerServesReviewsHealthAndMetrics(t *testing.T) {
	r := start(t, 0, tls.VersionTLS13)
	for _, path := range []string{MutatePath, ValidatePath} {
		response := r.review(t, path)
		if response.StatusCode != http.StatusOK || response.ProtoMajor != 1 || response.TLS.Version != tls.VersionTLS13 {
			t.Errorf("%s: %s over %s, TLS %x", path, response.Status, response.Proto, response.TLS.Version)
		}
	}
	if status, _ := r.get(r.reviews + "/other"); status != http.StatusNotFound {
		t.Errorf("another path: HTTP %d", status)
	}
	if status, _ := r.get(r.health + "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: HTTP %d", status)
	}
	_, metrics := r.get(r.metrics)
	for _, line := range []string{
		`sluice_admission_requests_total{phase="mutate",resource="networks",verdict="Rejected"} 1`,
		`sluice_admission_findings_total{effect="error",rule="missing-port"} 2`,
		`sluice_admission_duration_seconds_count{phase="validate",resource="networks"} 1`,
	} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("no %s in the metrics", line)
		}
	}
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestOldTLSVersionIsRefused(t *testing.T) {
	r := start(t, 0, tls.VersionTLS13)
	r.client.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS12
	if _, text := r.get(r.reviews + MutatePath); !strings.Contains(text, "protocol version") {
		t.Errorf("TLS 1.2 got %s", text)
	}
}

// API servers keep connections to a replica that is stopping. While it drains, it serves requests
// and closes the connections.
func TestDrainServesAndClosesConnections(t *testing.T) {
	r := start(t, 2*time.Second, tls.VersionTLS12)
	if response := r.review(t, MutatePath); response.Close {
		t.Error("a connection is closed before the drain")
	}
	r.stop()
	r.await(t, http.StatusServiceUnavailable)
	if response := r.review(t, MutatePath); response.StatusCode != http.StatusOK || !response.Close {
		t.Errorf("while draining: %s, connection closed: %v", response.Status, response.Close)
	}
	if err := <-r.done; err != nil {
		t.Errorf("stopping: %v", err)
	}
	if status, text := r.get(r.reviews + MutatePath); status != 0 {
		t.Errorf("after the drain: HTTP %d %s", status, text)
	}
}

func TestPortInUseIsAnError(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	server := NewServer(Config{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.EOF },
		Registry:       prometheus.NewRegistry(), Log: logr.Discard(),
	})
	if err := server.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

// Neither server may be missing without an error.
func TestSameAddressForTwoServersIsAnError(t *testing.T) {
	ports := freePorts(t)
	address := fmt.Sprintf("127.0.0.1:%d", ports[1])
	server := NewServer(Config{
		Host: "127.0.0.1", Port: ports[0], HealthAddress: address, MetricsAddress: address,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.EOF },
		Registry:       prometheus.NewRegistry(), Log: logr.Discard(),
	})
	if err := server.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}
