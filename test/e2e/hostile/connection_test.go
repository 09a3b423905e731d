package hostile

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

func clientTLS() *tls.Config {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(shared.sluice.Bundle)
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// connect opens a connection from an address of loopback.
func connect(t *testing.T, from string) (net.Conn, error) {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	return dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(shared.sluice.URL, "https://"))
}

// stall opens connections that send the beginning of a request and then nothing more. With handshake false they
// send the text instead of a handshake.
func stall(t *testing.T, n int, from func(i int) string, handshake bool, header string, body func() io.Reader) (sent int64, end func()) {
	t.Helper()
	connections := make([]net.Conn, n)
	sizes := make([]int64, n)
	const batch = 50
	for first := 0; first < n; first += batch {
		together(min(batch, n-first), func(i int) {
			i += first
			raw, err := connect(t, from(i))
			if err != nil {
				t.Error(err)
				return
			}
			connections[i] = raw
			to := io.Writer(raw)
			if handshake {
				to = tls.Client(raw, withName(clientTLS()))
			}
			// The webhook may close the connection at any time.
			written, _ := io.WriteString(to, header)
			copied, _ := io.Copy(to, body())
			sizes[i] = int64(written) + copied
		})
	}
	for _, s := range sizes {
		sent += s
	}
	return sent, func() {
		for _, c := range connections {
			if c != nil {
				_ = c.Close()
			}
		}
	}
}

func withName(c *tls.Config) *tls.Config {
	c.ServerName = "localhost"
	return c
}

// The addresses that callers use: the API server's own, another one, and many others.
func sameAddress(int) string     { return "127.0.0.1" }
func otherAddress(int) string    { return "127.0.0.2" }
func manyAddresses(i int) string { return fmt.Sprintf("127.0.%d.%d", 1+i/100%100, 1+i%100) }

func header(length int64) string {
	return fmt.Sprintf("POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", length)
}
