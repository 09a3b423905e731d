package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"sluice/applier/node"
	"sluice/applier/ovs"
)

// heard is what a Listener was told, in order.
type heard chan string

func (h heard) Interfaces([]ovs.Interface) { h <- "interfaces" }
func (h heard) InterfacesConfirmed(uint64) { h <- "confirmed" }
func (h heard) InterfacesLost()            { h <- "lost" }

// ovsdb is a server that answers while it is awake. Its connections stay open.
type ovsdb struct{ asleep atomic.Bool }

func (o *ovsdb) serve(conn net.Conn) {
	for decoder, encoder := json.NewDecoder(conn), json.NewEncoder(conn); ; {
		var request struct {
			ID     any    `json:"id"`
			Method string `json:"method"`
		}
		if decoder.Decode(&request) != nil {
			return
		}
		if o.asleep.Load() {
			continue
		}
		var result any = map[string]any{}
		if request.Method == "echo" {
			result = []any{}
		}
		_ = encoder.Encode(map[string]any{"id": request.ID, "result": result, "error": nil})
	}
}

// serveOVSDB serves at a socket until the test ends, and returns its address.
func serveOVSDB(t *testing.T, server *ovsdb) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "db") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "db.sock")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go server.serve(conn)
		}
	}()
	return "unix:" + socket
}

// asking is a Listener that asks for a confirmation as soon as it knows interfaces.
type asking struct {
	heard
	watch *node.Watch
}

func (a asking) InterfacesConfirmed(number uint64) { a.heard <- fmt.Sprint("confirmed ", number) }

func (a asking) Interfaces(list []ovs.Interface) {
	a.watch.Confirm(7)
	a.heard.Interfaces(list)
}

// Kind of fault: a question was lost, because it came as soon as one could ask.
func TestTheFirstQuestionIsAnswered(t *testing.T) {
	told := make(heard, 100)
	w := node.NewWatch(serveOVSDB(t, &ovsdb{}), logr.Discard())
	w.Listener = asking{told, w}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	for _, want := range []string{"interfaces", "confirmed 7"} {
		select {
		case got := <-told:
			if got != want {
				t.Errorf("was told %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Errorf("was not told %q", want)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Kind of fault: the connection stays open, but nothing comes on it any more.
func TestAServerThatFallsSilentIsNoticed(t *testing.T) {
	var server ovsdb
	told := make(heard, 100)
	w := node.NewWatch(serveOVSDB(t, &server), logr.Discard())
	w.Listener, w.Silence = told, 400*time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-told:
			if got != want {
				t.Fatalf("was told %q, want %q", got, want)
			}
		case <-time.After(2 * time.Minute):
			t.Fatalf("was not told %q", want)
		}
	}
	expect("interfaces")
	w.Confirm(1)
	expect("confirmed")
	server.asleep.Store(true)
	w.Confirm(2)
	expect("lost")
	w.Confirm(3) // without an answer
	server.asleep.Store(false)
	expect("interfaces")
	w.Confirm(4)
	expect("confirmed")
}
