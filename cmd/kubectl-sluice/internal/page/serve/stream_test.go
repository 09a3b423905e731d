package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sluice/cmd/kubectl-sluice/internal/page/board"
)

func TestTheStreamSendsTheBoardAndThenChanges(t *testing.T) {
	server, p, _ := newPage(t)
	held := key(t, server, p)
	boards := p.Feed.(*feed)
	boards.board = &board.Board{Rows: map[string]json.RawMessage{"a": json.RawMessage(`1`), "b": json.RawMessage(`2`)}}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+held)
	answer, err := server.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	message := func() string {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				return strings.TrimSpace(data)
			}
		}
	}
	if got := message(); got != `{"full":true,"rows":{"a":1,"b":2}}` {
		t.Errorf("at first: %s", got)
	}
	next := boards.next
	boards.board, boards.next = &board.Board{Rows: map[string]json.RawMessage{"a": json.RawMessage(`3`)}}, make(chan struct{})
	close(next)
	if got := message(); got != `{"rows":{"a":3},"gone":["b"]}` {
		t.Errorf("then: %s", got)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	server, p, _ := newPage(t)
	held := key(t, server, p)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	open := 0
	for range maxStreams + 1 {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+held)
		p.Feed.(*feed).board = &board.Board{}
		answer, err := server.Client().Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			open++
		}
	}
	if open != maxStreams {
		t.Errorf("%d streams are open", open)
	}
}
