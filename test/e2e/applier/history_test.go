package applier

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"sluice/test/harness/node"
)

// history is every state that a node's database was in, transaction by transaction, as the
// database itself tells it (RFC 7047, 4.1.5 and 4.1.6): the targets of br-int, by format.
type history struct {
	mu     sync.Mutex
	states []string
	err    error
	rows   map[string]map[string]map[string]any // by table and row
}

// record begins a history.
func record(t *testing.T, n *node.Node) *history {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", n.Socket())
	if err != nil {
		t.Fatal(err)
	}
	h := &history{rows: map[string]map[string]map[string]any{}}
	columns := func(names ...string) []any { return []any{map[string]any{"columns": names}} }
	request := map[string]any{"id": 0, "method": "monitor", "params": []any{"Open_vSwitch", nil, map[string]any{
		"Bridge":  columns("name", "netflow", "sflow", "ipfix"),
		"NetFlow": columns("targets"), "sFlow": columns("targets"), "IPFIX": columns("targets"),
	}}}
	if err := json.NewEncoder(conn).Encode(request); err != nil {
		t.Fatal(err)
	}
	done, begun := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		h.follow(conn, begun)
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	<-begun
	return h
}

type update map[string]map[string]struct {
	New map[string]any `json:"new"`
}

func (h *history) follow(conn net.Conn, begun chan struct{}) {
	decoder, encoder := json.NewDecoder(conn), json.NewEncoder(conn)
	for {
		var message struct {
			Method string
			ID     any
			Params []json.RawMessage
			Result update
		}
		if err := decoder.Decode(&message); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				h.err = err
			}
			return
		}
		switch message.Method {
		case "echo":
			_ = encoder.Encode(map[string]any{"id": message.ID, "result": message.Params, "error": nil})
		case "update":
			var u update
			if err := json.Unmarshal(message.Params[1], &u); err != nil {
				h.err = err
				return
			}
			h.note(u)
		case "":
			h.note(message.Result)
			close(begun)
		}
	}
}

func (h *history) note(u update) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for table, rows := range u {
		if h.rows[table] == nil {
			h.rows[table] = map[string]map[string]any{}
		}
		for id, row := range rows {
			if row.New == nil {
				delete(h.rows[table], id)
				continue
			}
			h.rows[table][id] = row.New
		}
	}
	if state := h.state(); len(h.states) == 0 || h.states[len(h.states)-1] != state {
		h.states = append(h.states, state)
	}
}

// state is the present targets in one line.
func (h *history) state() string {
	var parts []string
	for _, bridge := range h.rows["Bridge"] {
		if bridge["name"] != node.Bridge {
			continue
		}
		for _, table := range []string{"NetFlow", "sFlow", "IPFIX"} {
			reference, _ := bridge[strings.ToLower(table)].([]any)
			var targets []string
			if len(reference) == 2 && reference[0] == "uuid" {
				targets = texts(h.rows[table][reference[1].(string)]["targets"])
			}
			parts = append(parts, strings.Join(targets, ","))
		}
	}
	return strings.Join(parts, "|")
}

// texts reads an OVSDB set of strings.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		list, _ := v[1].([]any)
		var found []string
		for _, item := range list {
			found = append(found, item.(string))
		}
		slices.Sort(found)
		return found
	}
	return nil
}

func (h *history) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.states)
}
