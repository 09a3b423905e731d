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

// sender is what is known of one sender, and until when.
type sender struct {
	own   bool
	until time.Time
}

// owns reports whether a datagram came from ovs-vswitchd; known is false if that can't be said
// now, and may be asked again.
func (s *senders) owns(from netip.AddrPort) (own, known bool) {
	now := s.now()
	if found, ok := s.known[from]; ok && now.Before(found.until) {
		return found.own, true
	}
	if now.Sub(s.looked) < lookAgain && !s.looked.IsZero() {
		return false, false
	}
	s.looked = now
	sockets, err := s.sockets()
	if s.err = err; err != nil {
		return false, false
	}
	if len(s.known) >= maxSenders {
		clear(s.known)
	}
	if s.known == nil {
		s.known = map[netip.AddrPort]sender{}
	}
	until := now.Add(senderLasts)
	s.known[from] = sender{until: until}
	for _, local := range sockets[s.target].Locals {
		s.known[local] = sender{own: true, until: until}
	}
	return s.known[from].own, true
}
