package connections

import (
	"net/netip"
	"sync"
	"time"
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
func (t *table) add(c *Conn, now time.Time) (evicted *Conn, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case len(t.open[c.address]) >= t.limits.PerAddress:
		evicted = oldest(t.open[c.address], now)
	case t.total >= t.limits.Total:
		evicted = t.next(now)
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
func (t *table) next(now time.Time) *Conn {
	var found *Conn
	most := 0
	for _, list := range t.open {
		if c := oldest(list, now); c != nil && (len(list) > most || len(list) == most && before(c, found, now)) {
			found, most = c, len(list)
		}
	}
	return found
}

// oldest is the connection to close first of one address; nil if all are being answered.
func oldest(list []*Conn, now time.Time) *Conn {
	var found *Conn
	for _, c := range list {
		if !c.busy && before(c, found, now) {
			found = c
		}
	}
	return found
}

// begins is how long a connection may take to its first request, or to its next one, before it is closed
// ahead of others. A handshake takes some milliseconds, on a busy machine up to a second.
const begins = 2 * time.Second

// before reports whether to close c before other. A connection that has waited for a moment only is
// closed last: an API server is using it, or has just opened it. Of the others, those that never got an
// answer are first, then those that wait longest.
func before(c, other *Conn, now time.Time) bool {
	if c == nil || other == nil {
		return c != nil
	}
	waits, otherWaits := now.Sub(c.since) > begins, now.Sub(other.since) > begins
	switch {
	case waits != otherWaits:
		return waits
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
