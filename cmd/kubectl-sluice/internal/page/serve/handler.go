package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sluice/cmd/internal/printable"
	"sluice/cmd/kubectl-sluice/internal/page/board"
	"sluice/cmd/kubectl-sluice/internal/page/editor"
	"sluice/docs"
	"sluice/internal/connections"
)

// Feed has the latest board.
type Feed interface {
	// Latest is the latest board, nil if there is none yet, and a channel that is closed when
	// there is another one.
	Latest() (*board.Board, <-chan struct{})
	// Facts are what it was made from.
	Facts() board.Facts
}

// Finding is one of "kubectl sluice doctor".
type Finding struct {
	State string `json:"state"`
	What  string `json:"what"`
	Why   string `json:"why,omitempty"`
	Fix   string `json:"fix,omitempty"`
}

// Page is what is served.
type Page struct {
	Feed Feed
	// Check evaluates lists.
	Check func(context.Context, editor.Lists) (editor.Verdict, error)
	// Explain says what a user may do.
	Explain func(user string, groups []string) (string, error)
	// Doctor checks the installation.
	Doctor func(context.Context) []Finding
	// Linked is called with another link when one was used.
	Linked func(link string)

	keys  keys
	slots chan struct{}
}

// The limits of the server.
const (
	maxBody    = 128 << 10
	maxHeader  = 16 << 10
	maxStreams = 16
	maxCalls   = 4 // evaluations at a time
	callTime   = 30 * time.Second
)

// Handler answers requests.
func (p *Page) Handler() (http.Handler, error) {
	p.slots = make(chan struct{}, maxCalls)
	mux := http.NewServeMux()
	if err := files(mux); err != nil {
		return nil, err
	}
	streams := make(chan struct{}, maxStreams)
	mux.HandleFunc("POST /session", p.session)
	mux.Handle("GET /stream", p.keyed(func(w http.ResponseWriter, r *http.Request) { p.stream(w, r, streams) }))
	mux.Handle("GET /node", p.keyed(p.node))
	mux.Handle("GET /runbook", p.keyed(runbook))
	mux.Handle("GET /doctor", p.keyed(p.bounded(func(ctx context.Context, _ *http.Request) (any, error) { return p.Doctor(ctx), nil })))
	mux.Handle("POST /check", p.keyed(p.bounded(p.check)))
	mux.Handle("POST /explain", p.keyed(p.bounded(p.explain)))
	return guard(mux), nil
}

// Link makes a link that works once, and ends the one before.
func (p *Page) Link() string { return p.keys.newLink() }

// keyHeader has the key that a tab made.
const keyHeader = "Sluice-Key"

// session makes the key of a tab valid for a link.
func (p *Page) session(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get(keyHeader)
	if !isKey(key) {
		http.Error(w, "the request has no key", http.StatusBadRequest)
		return
	}
	first, ok := p.keys.exchange(bearer(r), key)
	if !ok {
		http.Error(w, "the link was used, or is of another run", http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	if first {
		_ = http.NewResponseController(w).Flush() // the terminal can be stopped; the browser may be gone
		p.Linked(p.keys.newLink())
	}
}

// keyed answers requests with a key only. Others learn nothing.
func (p *Page) keyed(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.keys.holds(bearer(r)) {
			http.Error(w, "the key is missing, or is of another run", http.StatusUnauthorized)
			return
		}
		c, _ := r.Context().Value(connectionKey{}).(*connections.Conn)
		c.Begin()
		defer c.Done(true)
		next(w, r)
	})
}

// bounded answers with the result of a call, of which only some run at a time.
func (p *Page) bounded(call func(context.Context, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callTime)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
		case <-ctx.Done():
			http.Error(w, "the server is busy", http.StatusServiceUnavailable)
			return
		}
		value, err := call(ctx, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		answer(w, value)
	}
}

func answer(w http.ResponseWriter, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(printable.Values(text, printable.Block)) // the browser may be gone
}

func (p *Page) node(w http.ResponseWriter, r *http.Request) {
	node, ok := p.Feed.Facts().Node(r.URL.Query().Get("name"))
	if !ok {
		http.Error(w, "there is no such node any more", http.StatusNotFound)
		return
	}
	answer(w, node)
}

func runbook(w http.ResponseWriter, r *http.Request) {
	text, ok := docs.Runbook(r.URL.Query().Get("alert"))
	if !ok {
		http.Error(w, "there is no such runbook", http.StatusNotFound)
		return
	}
	answer(w, map[string]string{"text": text})
}

func (p *Page) check(ctx context.Context, r *http.Request) (any, error) {
	var lists editor.Lists
	if err := decode(r, &lists); err != nil {
		return nil, err
	}
	return p.Check(ctx, lists)
}

func (p *Page) explain(_ context.Context, r *http.Request) (any, error) {
	var who struct {
		User   string   `json:"user"`
		Groups []string `json:"groups"`
	}
	if err := decode(r, &who); err != nil {
		return nil, err
	}
	text, err := p.Explain(who.User, who.Groups)
	return map[string]string{"text": text}, err
}

// decode reads a body in JSON.
func decode(r *http.Request, into any) error {
	if r.Header.Get("Content-Type") != "application/json" {
		return errors.New("the body must be application/json")
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	return d.Decode(into)
}
