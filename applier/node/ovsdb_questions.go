package node

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"sluice/applier/ovs"
)

// questions is what ovsdb-server is asked on one connection. Its methods may be called from several goroutines.
type questions struct {
	conn net.Conn
	// patience is how long the server may take to read.
	patience time.Duration
	// echoes are the IDs of questions that wait to be sent.
	echoes chan string

	mu      sync.Mutex
	encoder *json.Encoder
}

// maxEchoes bounds the questions that wait. There is one at a time, unless the server hangs.
const maxEchoes = 8

func newQuestions(conn net.Conn, patience time.Duration) *questions {
	return &questions{conn: conn, patience: patience, echoes: make(chan string, maxEchoes), encoder: json.NewEncoder(conn)}
}

// send sends a message.
func (q *questions) send(message any) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	// It fails only on a closed connection, as the write does.
	_ = q.conn.SetWriteDeadline(time.Now().Add(q.patience))
	if err := q.encoder.Encode(message); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// monitor asks for the content of tables and for changes.
func (q *questions) monitor(name string, tables map[string]any) error {
	if err := q.send(map[string]any{"id": name, "method": "monitor", "params": []any{ovs.SwitchDatabase, name, tables}}); err != nil {
		return fmt.Errorf("ask for changes: %w", err)
	}
	return nil
}

// ask asks for an echo (RFC 7047, 4.1.11), which the server answers after it has told of all changes that were
// made before. It doesn't block.
func (q *questions) ask(id string) {
	select {
	case q.echoes <- id:
	default: // the server hangs; who asks asks again
	}
}

// keepAlive sends the questions, and asks for a sign of life at an interval, until ctx ends. A connection that it
// can't send on is closed.
func (q *questions) keepAlive(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		id := alive
		select {
		case <-ctx.Done():
			return
		case id = <-q.echoes:
		case <-ticker.C:
		}
		if err := q.send(map[string]any{"id": id, "method": "echo", "params": []any{}}); err != nil {
			_ = q.conn.Close() // which ends the reading, too
			return
		}
	}
}
