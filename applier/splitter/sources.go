package splitter

import (
	"net/netip"
	"time"
)

// Bounds of what is remembered of senders.
const (
	// lookAgain is the least time between two listings of the sockets.
	lookAgain = 100 * time.Millisecond
	// sourceLasts is how long it is remembered whose a sender is: ovs-vswitchd opens new sockets
	// whenever its configuration changes, and another program may get the port of an old one.
	sourceLasts = 5 * time.Second
	maxSources  = 256
	// maxHeld bounds the datagrams of senders of which it is not known yet, and maxHeldOfOne those of one.
	// ovs-vswitchd sends its templates once in some minutes, with the first record, in about 20 datagrams.
	maxHeld      = 512
	maxHeldOfOne = 64
)

// sources tells the datagrams of ovs-vswitchd from those of other programs on the node, by the local ends of
// its sockets. Those of unknown senders wait for the next listing of the sockets.
type sources struct {
	// own lists the local ends of ovs-vswitchd's sockets to the splitter. It reads files, so no lock is held.
	own    func() ([]netip.AddrPort, error)
	looked time.Time
	known  map[netip.AddrPort]source
	held   map[netip.AddrPort][]held
	count  int
	// listings counts the listings that were begun.
	listings int
}

type source struct {
	own   bool
	until time.Time
}

// held is a datagram that waits for a listing after so many others.
type held struct {
	datagram []byte
	after    int
}

// verdict is what is known of a sender.
type verdict int

const (
	undecided verdict = iota
	foreign
	own
)

// judge says whose a sender is, as far as that is known.
func (s *sources) judge(from netip.AddrPort, now time.Time) verdict {
	found, ok := s.known[from]
	switch {
	case !ok || !now.Before(found.until):
		return undecided
	case found.own:
		return own
	}
	return foreign
}

// due reports whether something waits for a listing that may begin now.
func (s *sources) due(now time.Time) bool {
	return s.count > 0 && (s.looked.IsZero() || now.Sub(s.looked) >= lookAgain)
}

// begin begins a listing, and returns its number.
func (s *sources) begin(now time.Time) int {
	s.looked = now
	s.listings++
	return s.listings
}

// learn takes in a listing, and hands over the datagrams that waited for it.
func (s *sources) learn(listing int, locals []netip.AddrPort, now time.Time, handle func(v verdict, datagram []byte)) {
	for from, k := range s.known {
		if k.own || !now.Before(k.until) {
			delete(s.known, from) // its port may be another program's now
		}
	}
	for _, local := range locals {
		s.remember(local, source{own: true, until: now.Add(sourceLasts)})
	}
	for from, list := range s.held {
		v := foreign
		if s.known[from].own {
			v = own
		}
		kept := list[:0]
		for _, h := range list {
			if v == foreign && h.after >= listing {
				kept = append(kept, h) // it came meanwhile
				continue
			}
			s.count--
			handle(v, h.datagram)
		}
		switch {
		case len(kept) > 0:
			s.held[from] = kept
			continue
		case v == foreign:
			s.remember(from, source{until: now.Add(sourceLasts)})
		}
		delete(s.held, from)
	}
}

// remember keeps what is known of a sender, within bounds.
func (s *sources) remember(from netip.AddrPort, what source) {
	if s.known == nil {
		s.known = map[netip.AddrPort]source{}
	}
	if _, ok := s.known[from]; !ok && len(s.known) >= maxSources {
		if !what.own {
			return // it is looked up again
		}
		clear(s.known)
	}
	s.known[from] = what
}

// hold keeps a datagram until it is known whose it is; false if there is no room.
func (s *sources) hold(from netip.AddrPort, datagram []byte) bool {
	if s.count >= maxHeld || len(s.held[from]) >= maxHeldOfOne {
		return false
	}
	if s.held == nil {
		s.held = map[netip.AddrPort][]held{}
	}
	s.held[from] = append(s.held[from], held{datagram: append([]byte(nil), datagram...), after: s.listings})
	s.count++
	return true
}
