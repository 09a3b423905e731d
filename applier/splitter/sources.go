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
	// own lists the local ends of ovs-vswitchd's sockets to the splitter.
	own    func() ([]netip.AddrPort, error)
	looked time.Time
	known  map[netip.AddrPort]source
	held   map[netip.AddrPort][][]byte
	count  int
	// listed says that the sockets were listed since the last datagram was held.
	listed bool
}

type source struct {
	own   bool
	until time.Time
}

// verdict is what is known of a sender.
type verdict int

const (
	undecided verdict = iota
	foreign
	own
)

// judge says whose a sender is.
func (s *sources) judge(from netip.AddrPort, now time.Time) verdict {
	if v := s.remembered(from, now); v != undecided {
		return v
	}
	if !s.look(now) {
		return undecided
	}
	if s.known[from].own {
		return own
	}
	s.remember(from, source{until: now.Add(sourceLasts)})
	return foreign
}

func (s *sources) remembered(from netip.AddrPort, now time.Time) verdict {
	found, ok := s.known[from]
	switch {
	case !ok || !now.Before(found.until):
		return undecided
	case found.own:
		return own
	}
	return foreign
}

// look lists the sockets, but not too often. It reports whether they are known.
func (s *sources) look(now time.Time) bool {
	if !s.looked.IsZero() && now.Sub(s.looked) < lookAgain {
		return false
	}
	return s.list(now)
}

// list lists the sockets. It reports whether they are known.
func (s *sources) list(now time.Time) bool {
	s.looked = now
	locals, err := s.own()
	if err != nil {
		return false
	}
	s.listed = true
	for from, k := range s.known {
		if k.own || !now.Before(k.until) {
			delete(s.known, from) // its port may be another program's now
		}
	}
	for _, local := range locals {
		s.remember(local, source{own: true, until: now.Add(sourceLasts)})
	}
	return true
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
		s.held = map[netip.AddrPort][][]byte{}
	}
	s.listed = false
	s.held[from] = append(s.held[from], append([]byte(nil), datagram...))
	s.count++
	return true
}

// release hands over the datagrams that waited, if the sockets were listed since.
func (s *sources) release(now time.Time, handle func(v verdict, datagram []byte)) {
	if s.count == 0 || !s.listed && !s.look(now) {
		return
	}
	for from, datagrams := range s.held {
		v := foreign
		if s.known[from].own {
			v = own
		}
		for _, datagram := range datagrams {
			handle(v, datagram)
		}
	}
	clear(s.held)
	s.count = 0
}
