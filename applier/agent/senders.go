package agent

import (
	"net/netip"
	"time"

	"sluice/applier/ovs"
)

const (
	// lookAgain is the least time between two listings of the sockets.
	lookAgain = 100 * time.Millisecond
	// senderLasts is how long it is remembered whose a sender is: ovs-vswitchd opens new sockets
	// whenever its configuration changes, and another program may get the port of an old one.
	senderLasts = 5 * time.Second
	// maxSenders bounds the senders that are remembered, against a flood of forged ones.
	maxSenders = 256
)

// senders tells the datagrams of ovs-vswitchd from those of other programs: by the local ends of the
// sockets to the verification's collector that may be its own.
type senders struct {
	target netip.AddrPort
	// sockets lists the sockets that may be ovs-vswitchd's.
	sockets func() (ovs.Sockets, error)
	now     func() time.Time

	looked time.Time
	// err says why the sockets could not be listed.
	err   error
	known map[netip.AddrPort]sender
}

// ownership is whose a sender is.
type ownership int

const (
	undecided   ownership = iota // it can't be said now, and may be asked again
	vswitchds                    // ovs-vswitchd
	another                      // another program
	wasVswitchd                  // ovs-vswitchd was, and has closed the socket since; another program may have the port
)

// sender is what is known of one sender, and until when.
type sender struct {
	ownership

	until time.Time
}

// of says from whom a datagram came.
func (s *senders) of(from netip.AddrPort) ownership {
	now := s.now()
	before, asked := s.known[from]
	if asked && now.Before(before.until) {
		return before.ownership
	}
	if now.Sub(s.looked) < lookAgain && !s.looked.IsZero() || s.look() < 0 {
		return undecided
	}
	if found, ok := s.known[from]; ok && now.Before(found.until) {
		return found.ownership
	}
	found := sender{another, now.Add(senderLasts)}
	if before.ownership == vswitchds || before.ownership == wasVswitchd {
		found.ownership = wasVswitchd
	}
	s.known[from] = found
	return found.ownership
}

// look lists the sockets, and returns how many there are; -1 if that fails. What comes from them counts for some time, also if they are closed
// meanwhile: ovs-vswitchd sends what it still has just before it closes a socket.
func (s *senders) look() int {
	now := s.now()
	s.looked = now
	sockets, err := s.sockets()
	if s.err = err; err != nil {
		return -1
	}
	if len(s.known) >= maxSenders {
		clear(s.known)
	}
	if s.known == nil {
		s.known = map[netip.AddrPort]sender{}
	}
	for _, local := range sockets[s.target].Locals {
		s.known[local] = sender{vswitchds, now.Add(senderLasts)}
	}
	return len(sockets[s.target].Locals)
}
