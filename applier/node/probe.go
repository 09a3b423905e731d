package node

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sluice/applier/ovs"
)

// Prober asks whether datagrams to collectors can arrive. The zero value is ready for use.
type Prober struct {
	mu sync.Mutex
	// vain is how often a probe of a collector insisted without effect since nothing was turned back.
	vain map[netip.AddrPort]int
}

// Probe asks whether datagrams to a collector can arrive: it connects a UDP socket to it, sends an
// empty datagram, and waits for an answer of its machine that nothing listens, or of the network that
// the machine can't be reached. The error is an *ovs.ProbeError. No error is no proof that a collector
// listens: a machine that is off in another network, or a firewall, may answer nothing.
func (p *Prober) Probe(ctx context.Context, target netip.AddrPort, wait time.Duration) error {
	dialed, err := (&net.Dialer{}).DialContext(ctx, "udp", target.String())
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // nothing was asked
	case err != nil:
		return unopened(err)
	}
	defer dialed.Close()
	stop := context.AfterFunc(ctx, func() { _ = dialed.Close() })
	defer stop()
	s, err := probeSocketOf(dialed, target)
	if err != nil {
		return &ovs.ProbeError{Cause: ovs.ProbeFailed, Err: errnoOf(err)}
	}
	met := s.ask(wait, func(turnedBack bool) bool { return p.insists(target, turnedBack) })
	if met != nil {
		p.met(target)
	}
	if met == nil || ctx.Err() != nil {
		return nil
	}
	return met
}

// Machines limit how many errors they answer: Linux, one a second for each sender (icmp_ratelimit in ip-sysctl). A node
// that sends them many records gets the answers for these.
const (
	// patience is how long a probe waits for an answer before it looks whether the answers go to others.
	patience = time.Second
	// insistence is the mean time between datagrams if they do. It varies: answers that are a second apart would otherwise
	// all go to another sender with a fixed interval.
	insistence = 40 * time.Millisecond
)

// ask sends an empty datagram and waits for what comes back. It sends more if another machine turns back what this one sends.
func (s *probeSocket) ask(wait time.Duration, insists func(turnedBack bool) bool) *ovs.ProbeError {
	until := time.Now().Add(wait)
	before := turnedBack(s.target)
	if met := s.send(until); met != nil {
		return met
	}
	met, over := s.await(time.Now().Add(min(patience, wait)))
	if met != nil || over {
		return met
	}
	insist := insists(turnedBack(s.target) > before)
	for time.Now().Before(until) {
		next := until
		if insist {
			if met := s.send(until); met != nil {
				return met
			}
			next = time.Now().Add(insistence/2 + rand.N(insistence)) //nolint:gosec // jitter
		}
		if met, over = s.await(next); met != nil || over {
			return met
		}
	}
	if isUnresolved(s.target) {
		// The kernel keeps only some datagrams for a machine that it looks for, and reports the failure of fewer.
		return &ovs.ProbeError{Cause: ovs.ProbeNoNeighbor, Err: unix.EHOSTUNREACH}
	}
	return nil
}

// insists reports whether to send more datagrams, given that something which the node sends is turned back. It may be
// what another collector gets, and may last: one for which this had no effect gets them in every fourth probe only.
func (p *Prober) insists(target netip.AddrPort, turnedBack bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !turnedBack {
		delete(p.vain, target)
		return false
	}
	if len(p.vain) >= 4096 { // of former collectors
		clear(p.vain)
	}
	if p.vain == nil {
		p.vain = map[netip.AddrPort]int{}
	}
	if rand.N(min(4, p.vain[target]+1)) > 0 { //nolint:gosec // jitter
		return false
	}
	p.vain[target]++
	return true
}

// met takes in that a probe met something.
func (p *Prober) met(target netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.vain, target)
}
