package webhook

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// dial opens a TLS connection to the server, from an address of loopback.
func (r *running) dial(t *testing.T, from string) *tls.Conn {
	t.Helper()
	config := r.client.Transport.(*http.Transport).TLSClientConfig
	dialer := &tls.Dialer{NetDialer: &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}, Config: config}
	connection, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(r.reviews, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection.(*tls.Conn)
}

const stalled = "POST " + MutatePath + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n{"

// Callers that open many connections and stall must not keep others out, whether they use one address or
// many.
func TestStalledConnectionsKeepNobodyOut(t *testing.T) {
	for name, address := range map[string]func(i int) string{
		"from the API server's own address": func(int) string { return "127.0.0.1" },
		"from one address":                  func(int) string { return "127.0.0.2" },
		"from many addresses":               func(i int) string { return fmt.Sprintf("127.0.1.%d", i%100+1) },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 0, tls.VersionTLS13)
			r.review(t, ValidatePath)
			for i := range 500 {
				// The server may have closed it already.
				_, _ = io.WriteString(r.dial(t, address(i)), stalled)
			}
			if response := r.review(t, ValidatePath); response.StatusCode != http.StatusOK {
				t.Errorf("on a kept connection: %s", response.Status)
			}
			r.client.CloseIdleConnections()
			if response := r.review(t, ValidatePath); response.StatusCode != http.StatusOK {
				t.Errorf("on a new connection: %s", response.Status)
			}
		})
	}
}

func TestLargeHeadersAreRefused(t *testing.T) {
	r := start(t, 0, tls.VersionTLS13)
	connection := r.dial(t, "127.0.0.1")
	go func() {
		// The server answers and closes the connection before it has read everything.
		_, _ = fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", MutatePath, strings.Repeat("x", 17<<10))
	}()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("17 KiB of header: %s", response.Status)
	}
}

// Each phase of a connection has its limit of time. What the limits do is the matter of net/http.
func TestEveryPhaseOfAConnectionEnds(t *testing.T) {
	server := NewServer(Config{Registry: prometheus.NewRegistry(), MinTLS: tls.VersionTLS12}).httpServer()
	for name, limit := range map[string]int64{
		"handshake and header": int64(server.ReadHeaderTimeout), "request": int64(server.ReadTimeout),
		"answer": int64(server.WriteTimeout), "idle": int64(server.IdleTimeout),
	} {
		if limit <= 0 {
			t.Errorf("%s: no limit", name)
		}
	}
	if server.Protocols.HTTP2() || !server.Protocols.HTTP1() {
		t.Errorf("protocols %s", server.Protocols)
	}
}
