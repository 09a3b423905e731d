package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"

	"sluice/internal/connections"
)

// connectionKey is the key of a request's connection in its context.
type connectionKey struct{}

// Listen opens a port on loopback; 0 is any free one.
func Listen(ctx context.Context, port int) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen on 127.0.0.1, port %d: %w; choose another one with --port, or leave it out for any free one", port, err)
	}
	return l, nil
}

// Serve serves the page until ctx ends.
func (p *Page) Serve(ctx context.Context, l net.Listener) error {
	handler, err := p.Handler()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: maxHeader,
		// Streams end with the server.
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, connections.Of(c))
		},
		ErrorLog: log.New(io.Discard, "", 0), // of clients that break off
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(connections.Limit(l, connections.Limits{Total: 128, PerAddress: 128})); !errors.Is(err, http.ErrServerClosed) && ctx.Err() == nil {
		return fmt.Errorf("serve the page: %w", err)
	}
	return nil
}
