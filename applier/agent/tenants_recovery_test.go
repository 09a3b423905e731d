package agent_test

import (
	"io"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"sluice/applier/agent"
	"sluice/applier/desired"
)

// Kind of fault: what changes again and again keeps the agent from what it does once in a while.
func TestChangesDoNotKeepSocketsFromRecovering(t *testing.T) {
	sw := newSwitch()
	var a *agent.Agent
	var clock, recovered atomic.Int64
	const poll = time.Hour
	s := startAgentWith(t, sw, func(c *agent.Config) {
		c.Changes, c.Poll = sw.Changes(), poll
		c.Now = func() time.Time { return time.Unix(1_800_000_000, clock.Load()) } // no time passes by itself
		c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
		c.Addresses = func() (map[netip.Addr]bool, error) { recovered.Add(1); return nil, nil } //nolint:nilnil // unknown
	}, func(made *agent.Agent) { a = made })
	a.Interfaces(interfacesOf("team-a"))
	s.mu.Lock()
	s.inputs = desired.Inputs{FlowExports: []desired.FlowExport{tenantOf("team-a")}}
	s.mu.Unlock()
	s.set(network(t, `{}`))
	targets(t, sw, 1)
	before := recovered.Load()
	const changes = 20
	for i := range changes { // a change shortly before each poll
		clock.Add(int64(poll * 9 / 10))
		s.mu.Lock()
		s.inputs.Network = network(t, netFlow(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 2055).String()))
		s.mu.Unlock()
		s.changes <- struct{}{} // the agent has seen the one before the last one
	}
	if n := recovered.Load() - before; n < changes/4 {
		t.Errorf("within %d changes, sockets are looked after %d times", changes, n)
	}
}
