package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-logr/logr"

	"sluice/internal/connections"
)

// serveReviews serves the handlers of the reviews over TLS until ctx ends, and then lets the requests end
// that are being answered.
func (s *Server) serveReviews(ctx context.Context) error {
	address := net.JoinHostPort(s.config.Host, strconv.Itoa(s.config.Port))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := s.httpServer()
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if server.Shutdown(shutdown) != nil {
			_ = server.Close() // the callers had their time
		}
	})
	s.serving.Store(true)
	err = server.Serve(tls.NewListener(connections.Limit(listener, reviewConnections()), s.tls()))
	s.serving.Store(false)
	if !stop() {
		<-stopped
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", address, err)
	}
	return nil
}

func (s *Server) httpServer() *http.Server {
	server := &http.Server{
		Handler:           s.handler,
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout + bodyTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          stdlog.New(debugLog{s.config.Log}, "", 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, connections.Of(c))
		},
		ConnState: func(c net.Conn, state http.ConnState) {
			if state == http.StateActive {
				connections.Of(c).Arrives()
			}
		},
		Protocols: new(http.Protocols),
	}
	// API servers use HTTP/1.1 for webhooks. HTTP/2 would only add attack surface.
	server.Protocols.SetHTTP1(true)
	return server
}

func (s *Server) tls() *tls.Config {
	c := &tls.Config{
		MinVersion:     s.config.MinTLS,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: s.config.GetCertificate,
	}
	if s.config.VerifyClient != nil {
		c.ClientAuth, c.VerifyConnection = tls.RequestClientCert, s.config.VerifyClient
	}
	return c
}

// connectionKey is the key of the connection in the context of a request.
type connectionKey struct{}

// connectionOf returns the connection of a request; nil in a test without one.
func connectionOf(r *http.Request) *connections.Conn {
	c, _ := r.Context().Value(connectionKey{}).(*connections.Conn)
	return c
}

// debugLog takes the messages of net/http, such as failed handshakes. Every caller can cause them, so that they
// are only logged at level debug.
type debugLog struct{ log logr.Logger }

func (d debugLog) Write(line []byte) (int, error) {
	d.log.V(1).Info("connection failed", "error", strings.TrimSpace(string(line)))
	return len(line), nil
}
