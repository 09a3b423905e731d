package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"

	"sluice/applier/ovs"
)

// Watch tells when something that concerns an agent changed in Open vSwitch's database. It
// only listens (RFC 7047, 4.1.5 and 4.1.6). Of the content it reads the interfaces: the rest, ovs-vsctl
// reads as a whole.
type Watch struct {
	// Database is ovsdb-server's address: unix:PATH or tcp:HOST:PORT.
	Database string
	Log      logr.Logger
	// Listener gets what is learned of interfaces; nil if they are not needed. A change of interfaces is no value of
	// Changes.
	Listener Listener
	// Silence is how long the server may answer nothing before the connection counts as lost; 0 for DefaultSilence.
	Silence time.Duration

	changes chan struct{}

	mu sync.Mutex
	// connection is what the server is asked on; nil while there is none.
	connection *questions
}

// Listener gets what a Watch learns of interfaces. Its methods are called by one goroutine.
type Listener interface {
	// Interfaces gets all interfaces, when they are known and whenever one changes.
	Interfaces(list []ovs.Interface)
	// InterfacesConfirmed answers Confirm: what Interfaces got last was current when it was called.
	InterfacesConfirmed(number uint64)
	// InterfacesLost says that changes are not heard of until Interfaces is called again.
	InterfacesLost()
}

// NewWatch makes a watch.
func NewWatch(database string, log logr.Logger) *Watch {
	return &Watch{Database: database, Log: log, changes: make(chan struct{}, 1)}
}

// Changes gets a value when something changed, and when the connection came or went. A
// connection that can't be made tells nothing: who waits for it keeps its own time.
func (w *Watch) Changes() <-chan struct{} { return w.changes }

func (w *Watch) changed() {
	select {
	case w.changes <- struct{}{}:
	default:
	}
}

// The times of a connection.
const (
	reconnectAfter = time.Second
	connectTimeout = 5 * time.Second
	// DefaultSilence is longer than ovsdb-server takes to compact a large database.
	DefaultSilence = 10 * time.Second
)

// Run watches until ctx ends. A lost connection is opened again, and then Changes gets a value
// in case something changed meanwhile.
func (w *Watch) Run(ctx context.Context) error {
	network, address, _ := strings.Cut(w.Database, ":")
	if network != "unix" && network != "tcp" {
		w.Log.Info("can't watch Open vSwitch's database: only unix: and tcp: addresses are supported; changes by others are detected at each resync", "database", w.Database)
		<-ctx.Done()
		return nil
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		connected := false
		if err := w.once(ctx, network, address, func() { connected = true; w.changed() }); err != nil && ctx.Err() == nil {
			w.Log.V(1).Info("watch of Open vSwitch's database failed, will retry", "reason", err.Error())
		}
		if connected {
			w.changed()
		}
		timer.Reset(reconnectAfter)
	}
}

// once watches until the connection is lost, and tells of changes.
func (w *Watch) once(ctx context.Context, network, address string, tell func()) error {
	conn, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	silence := cmp.Or(w.Silence, DefaultSilence)
	q := newQuestions(conn, silence)
	requests := map[string]any{}
	for table, columns := range ovs.WatchedColumns() {
		requests[table] = []any{map[string]any{"columns": columns}}
	}
	if err := q.monitor(exporters, requests); err != nil {
		return err
	}
	if w.Listener != nil {
		columns := []any{map[string]any{"columns": ovs.InterfaceColumns()}}
		if err := q.monitor(interfaces, map[string]any{"Interface": columns}); err != nil {
			return err
		}
	}
	ending, end := context.WithCancel(ctx)
	var asking sync.WaitGroup
	asking.Go(func() { q.keepAlive(ending, silence/4) })
	defer asking.Wait()
	defer end()
	return w.listen(conn, q, silence, tell)
}

// listen takes in what the server says.
func (w *Watch) listen(conn net.Conn, q *questions, silence time.Duration, tell func()) error {
	var table ovs.Interfaces
	known := false
	defer func() {
		w.connect(nil)
		if known {
			w.Listener.InterfacesLost()
		}
	}()
	for decoder := json.NewDecoder(conn); ; {
		// It fails only on a closed connection, as the next read does.
		_ = conn.SetReadDeadline(time.Now().Add(silence))
		var message watchMessage
		if err := decoder.Decode(&message); err != nil {
			return fmt.Errorf("the connection was lost: %w", err)
		}
		updates, of := message.updates()
		number, confirmed := confirmation(of)
		switch {
		case message.Method == "echo":
			if err := q.send(map[string]any{"id": message.ID, "result": message.Params, "error": nil}); err != nil {
				return fmt.Errorf("answer an echo: %w", err)
			}
		case message.Error != nil:
			return fmt.Errorf("the server refuses: %v", message.Error)
		case of == alive:
		case confirmed:
			w.Listener.InterfacesConfirmed(number)
		case of == interfaces:
			if err := table.Update(updates); err != nil {
				return err
			}
			// Before the Listener knows: it may ask for a confirmation at once.
			if !known {
				known = true
				w.connect(q)
			}
			w.Listener.Interfaces(table.List())
		default:
			tell()
		}
	}
}

// connect sets what Confirm asks.
func (w *Watch) connect(q *questions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connection = q
}

// Confirm makes the Listener get the number as soon as it got all changes that were made before. It doesn't block. If
// the connection is lost, there is no answer.
func (w *Watch) Confirm(number uint64) {
	w.mu.Lock()
	q := w.connection
	w.mu.Unlock()
	if q != nil {
		q.ask(confirmPrefix + strconv.FormatUint(number, 10))
	}
}

// The names of what is watched, and the IDs of the requests.
const (
	exporters     = "exporters"
	interfaces    = "interfaces"
	alive         = "alive"
	confirmPrefix = "confirm-"
)

// confirmation is the number of the question that an answer is to.
func confirmation(id string) (number uint64, ok bool) {
	text, ok := strings.CutPrefix(id, confirmPrefix)
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseUint(text, 10, 64)
	return number, err == nil
}

// watchMessage is what the server sends.
type watchMessage struct {
	Method string          `json:"method"`
	ID     any             `json:"id"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  any             `json:"error"`
}

// updates are what the first answer or an update says, and of what.
func (m watchMessage) updates() (updates json.RawMessage, of string) {
	if m.Method != "update" {
		of, _ = m.ID.(string) // an echo has another ID
		return m.Result, of
	}
	if err := json.Unmarshal(m.Params, &[]any{&of, &updates}); err != nil {
		return nil, ""
	}
	return updates, of
}
