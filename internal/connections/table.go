package connections

import (
	"net/netip"
	"sync"
)

// table holds the open connections by address.
type table struct {
	limits Limits

	mu    sync.Mutex
	total int
	open  map[netip.Addr][]*Conn
}

func newTable(limits Limits) *table {
	return &table{limits: limits, open: map[netip.Addr][]*Conn{}}
}

// add takes up a connection. At a limit it takes out another one, which the caller closes. It is
// false if there is no room, because all connections that could make room are being answered.
func (t *table) add(c *Conn) (evicted *Conn, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case len(t.open[c.address]) >= t.limits.PerAddress:
		evicted = oldest(t.open[c.address])
	case t.total >= t.limits.Total:
		evicted = t.next()
	default:
		t.put(c)
		return nil, true
	}
	if evicted == nil {
		return nil, false
	}
	t.drop(evicted)
	t.put(c)
	return evicted, true
}

// next is the connection to close first of all: one of the address with the most connections. It is
// nil if all are being answered.
func (t *table) next() *Conn {
	var found *Conn
	most := 0
	for _, list := range t.open {
		if c := oldest(list); c != nil && (len(list) > most || len(list) == most && before(c, found)) {
			found, most = c, len(list)
		}
	}
	return found
}

// oldest is the connection to close first of one address; nil if all are being answered.
func oldest(list []*Conn) *Conn {
	var found *Conn
	for _, c := range list {
		if !c.busy && before(c, found) {
			found = c
		}
	}
	return found
}

// before reports whether to close c before other: a connection that never got an answer first, then
// the one that waits longest.
func before(c, other *Conn) bool {
	switch {
	case c == nil || other == nil:
		return c != nil
	case c.answered != other.answered:
		return other.answered
	}
	return c.since.Before(other.since)
}

func (t *table) put(c *Conn) {
	t.total++
	t.open[c.address] = append(t.open[c.address], c)
}

func (t *table) drop(c *Conn) {
	list := t.open[c.address]
	for i := range list {
		if list[i] == c {
			t.total--
			list[i] = list[len(list)-1]
			list[len(list)-1] = nil
			list = list[:len(list)-1]
			break
		}
	}
	if t.open[c.address] = list; len(list) == 0 {
		delete(t.open, c.address)
	}
}

func (t *table) remove(c *Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(c)
}

func (t *table) update(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}
