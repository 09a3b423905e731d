package node

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
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
	// Interfaces gets the interfaces, when they are known and whenever one changes; nil if they are not needed. A
	// change of interfaces is no value of Changes.
	Interfaces func([]ovs.Interface)

	changes chan struct{}
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
	requests := map[string]any{}
	for table, columns := range ovs.WatchedColumns() {
		requests[table] = []any{map[string]any{"columns": columns}}
	}
	encoder := json.NewEncoder(conn)
	if err := monitor(encoder, exporters, requests); err != nil {
		return err
	}
	if w.Interfaces != nil {
		columns := []any{map[string]any{"columns": ovs.InterfaceColumns()}}
		if err := monitor(encoder, interfaces, map[string]any{"Interface": columns}); err != nil {
			return err
		}
	}
	var table ovs.Interfaces
	for decoder := json.NewDecoder(conn); ; {
		var message watchMessage
		if err := decoder.Decode(&message); err != nil {
			return fmt.Errorf("the connection was lost: %w", err)
		}
		updates, of := message.updates()
		switch {
		case message.Method == "echo":
			if err := encoder.Encode(map[string]any{"id": message.ID, "result": message.Params, "error": nil}); err != nil {
				return fmt.Errorf("answer an echo: %w", err)
			}
		case message.Error != nil:
			return fmt.Errorf("the server refuses: %v", message.Error)
		case of == interfaces:
			if err := table.Update(updates); err != nil {
				return err
			}
			w.Interfaces(table.List())
		default:
			tell()
		}
	}
}

// The names of what is watched, and the IDs of the requests.
const (
	exporters  = "exporters"
	interfaces = "interfaces"
)

// monitor asks for the content of tables and for changes.
func monitor(encoder *json.Encoder, name string, tables map[string]any) error {
	if err := encoder.Encode(map[string]any{"id": name, "method": "monitor", "params": []any{ovs.SwitchDatabase, name, tables}}); err != nil {
		return fmt.Errorf("ask for changes: %w", err)
	}
	return nil
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
