package serve

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluice/cmd/kubectl-sluice/internal/page/board"
	"sluice/cmd/kubectl-sluice/internal/page/editor"
)

// feed has boards that a test sets.
type feed struct {
	board *board.Board
	next  chan struct{}
}

func (f *feed) Latest() (*board.Board, <-chan struct{}) { return f.board, f.next }
func (f *feed) Facts() board.Facts                      { return board.Facts{} }

// newPage serves a page, with a link.
func newPage(t *testing.T) (server *httptest.Server, p *Page, links chan string) {
	t.Helper()
	links = make(chan string, 10)
	p = &Page{
		Feed: &feed{next: make(chan struct{})}, Linked: func(link string) { links <- link },
		Check: func(_ context.Context, l editor.Lists) (editor.Verdict, error) {
			return editor.Verdict{Outcome: strings.Join(l.IPFIX, ",")}, nil
		},
		Explain: func(user string, _ []string) (string, error) { return user, nil },
		Doctor:  func(context.Context) []Finding { return nil },
	}
	handler, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server, p, links
}

// request is one to the page.
type request struct {
	method, path, secret, host, body string
	headers                          map[string]string
}

func (r request) send(t *testing.T, server *httptest.Server) (int, string, http.Header) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), r.method, server.URL+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if r.host != "" {
		q.Host = r.host
	}
	if r.secret != "" {
		q.Header.Set("Authorization", "Bearer "+r.secret)
	}
	if r.body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.headers {
		q.Header.Set(name, value)
	}
	answer, err := server.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

// session is a request that exchanges a link for a key.
func session(link, key string) request {
	return request{method: "POST", path: "/session", secret: link, headers: map[string]string{keyHeader: key}}
}

// key exchanges a link.
func key(t *testing.T, server *httptest.Server, p *Page) string {
	t.Helper()
	key := secret()
	if code, text, _ := session(p.Link(), key).send(t, server); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, text)
	}
	return key
}
