package agent

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: ovs-vswitchd closes and opens its sockets at each change of its configuration, and a
// look in between was a report that a collector has no socket.
func TestASocketIsMissingOnlyIfTwoReadingsLackIt(t *testing.T) {
	const target = "192.0.2.1:2055"
	remote := netip.MustParseAddrPort(target)
	type reading struct {
		open, failed bool
		state        v1alpha1.CollectorState
		reopen       bool
	}
	open, closed, failed := reading{open: true}, reading{}, reading{failed: true}
	is := func(r reading, state v1alpha1.CollectorState) reading { r.state = state; return r }
	gone := reading{state: v1alpha1.CollectorNotOpen, reopen: true}
	for name, readings := range map[string][]reading{
		"between two changes":       {is(open, v1alpha1.CollectorIdle), is(closed, v1alpha1.CollectorIdle), is(open, v1alpha1.CollectorIdle), is(closed, v1alpha1.CollectorIdle)},
		"closed":                    {is(open, v1alpha1.CollectorIdle), is(closed, v1alpha1.CollectorIdle), gone, gone, is(open, v1alpha1.CollectorIdle)},
		"never open":                {is(closed, v1alpha1.CollectorUnknown), gone},
		"opened later":              {is(closed, v1alpha1.CollectorUnknown), is(open, v1alpha1.CollectorIdle)},
		"not readable in between":   {is(open, v1alpha1.CollectorIdle), is(failed, v1alpha1.CollectorUnknown), is(closed, v1alpha1.CollectorUnknown), gone},
		"closed again after it was": {is(closed, v1alpha1.CollectorUnknown), gone, is(open, v1alpha1.CollectorIdle), is(closed, v1alpha1.CollectorIdle), gone},
	} {
		t.Run(name, func(t *testing.T) {
			var d delivery
			for i, r := range readings {
				switch {
				case r.failed:
					d.look(nil, errors.New("no"), oneEach(target))
				case r.open:
					d.look(ovs.Sockets{remote: {Own: true}}, nil, oneEach(target))
				default:
					d.look(ovs.Sockets{}, nil, oneEach(target))
				}
				if state, _ := d.collector(validation.NetFlow, target, at(i)); state != r.state {
					t.Errorf("reading %d: got %s, want %s", i+1, state, r.state)
				}
				if reopen, _ := d.closed(ovs.Exporter{Format: validation.NetFlow, Targets: []string{target}}); (len(reopen) > 0) != r.reopen {
					t.Errorf("reading %d: reopen %v, want %v", i+1, reopen, r.reopen)
				}
			}
		})
	}
}

// oneEach says that ovs-vswitchd keeps one socket to each target.
func oneEach(targets ...string) map[netip.AddrPort]int {
	kept := map[netip.AddrPort]int{}
	for _, t := range targets {
		kept[netip.MustParseAddrPort(t)] = 1
	}
	return kept
}

// Kind of fault: a socket of one row was taken for that of another one with the same target, so that nothing was opened.
func TestSocketsAreCountedAgainstTheRowsThatHaveTheTarget(t *testing.T) {
	const target = "192.0.2.1:4739"
	remote, former, present := netip.MustParseAddrPort(target), netip.MustParseAddr("192.0.2.11"), netip.MustParseAddr("192.0.2.77")
	// from are the addresses that sockets send from.
	from := func(own bool, addresses ...netip.Addr) ovs.Sockets {
		seen := ovs.Seen{Own: own}
		for i, a := range addresses {
			seen.Locals = append(seen.Locals, netip.AddrPortFrom(a, uint16(40000+i)))
			if a == former {
				seen.Lost = append(seen.Lost, a)
			}
		}
		return ovs.Sockets{remote: seen}
	}
	for name, c := range map[string]struct {
		kept          int
		readings      []ovs.Sockets
		state         v1alpha1.CollectorState
		reason        string
		missing, lost bool
	}{
		"one row":                              {1, []ovs.Sockets{from(true, present)}, v1alpha1.CollectorIdle, "", false, false},
		"two rows":                             {2, []ovs.Sockets{from(true, present, present)}, v1alpha1.CollectorIdle, "", false, false},
		"one of two missing":                   {2, []ovs.Sockets{from(true, present), from(true, present)}, v1alpha1.CollectorNotOpen, "has only 1 of the 2 sockets for it", true, false},
		"one of two missing, in a pod":         {2, []ovs.Sockets{from(false, present), from(false, present)}, v1alpha1.CollectorNotOpen, "has only 1 of the 2 sockets for it", true, false},
		"one of two missing, in one reading":   {2, []ovs.Sockets{from(true, present)}, v1alpha1.CollectorUnknown, "had too few sockets for it", false, false},
		"one of two missing, between changes":  {2, []ovs.Sockets{from(true, present, present), from(true, present)}, v1alpha1.CollectorIdle, "", false, false},
		"one of two sends from a lost address": {2, []ovs.Sockets{from(true, present, former)}, v1alpha1.CollectorNotOpen, "sends from 192.0.2.11", false, true},
		"the same, in a pod":                   {2, []ovs.Sockets{from(false, former, present)}, v1alpha1.CollectorNotOpen, "sends from 192.0.2.11", false, true},
		"another program's does, in a pod":     {1, []ovs.Sockets{from(false, former, present)}, v1alpha1.CollectorUnknown, "may be another program's", false, false},
		"one is lost, and one missing":         {2, []ovs.Sockets{from(true, former), from(true, former)}, v1alpha1.CollectorNotOpen, "sends from 192.0.2.11", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			var d delivery
			for _, sockets := range c.readings {
				d.look(sockets, nil, map[netip.AddrPort]int{remote: c.kept})
			}
			if state, reason := d.collector(validation.IPFIX, target, at(0)); state != c.state || !strings.Contains(reason, c.reason) {
				t.Errorf("%s (%s), not %s (%s)", state, reason, c.state, c.reason)
			}
			missing, lost := d.closed(ovs.Exporter{Format: validation.IPFIX, Targets: []string{target}})
			if (len(missing) > 0) != c.missing || (len(lost) > 0) != c.lost {
				t.Errorf("missing %s, lost %s", missing, lost)
			}
		})
	}
}

// Kind of fault: what Open vSwitch can use was reported as what it can't, by the text of the target alone.
func TestATargetWithoutAPortIsLookedForAtTheDefaultPort(t *testing.T) {
	row := func(f validation.Format) ovs.State {
		bridge := ovs.Bridge{UUID: "bridge"}
		bridge.Export[f] = "row"
		return ovs.State{Bridge: &bridge, Rows: map[ovs.UUID]ovs.Row{"row": {UUID: "row", Exporter: ovs.Exporter{Format: f, Targets: []string{"192.0.2.1"}}}}}
	}
	for f, want := range map[validation.Format]struct {
		remote string
		state  v1alpha1.CollectorState
	}{
		validation.IPFIX:   {"192.0.2.1:4739", v1alpha1.CollectorIdle},
		validation.SFlow:   {"192.0.2.1:6343", v1alpha1.CollectorIdle},
		validation.NetFlow: {"", v1alpha1.CollectorNotOpen},
	} {
		var d delivery
		r := &reconciliation{state: row(f)}
		sockets := ovs.Sockets{}
		if want.remote != "" {
			sockets[netip.MustParseAddrPort(want.remote)] = ovs.Seen{Own: true}
		}
		d.look(sockets, nil, r.state.Sockets())
		if state, reason := d.collector(f, "192.0.2.1", at(0)); state != want.state {
			t.Errorf("%s: %s (%s), not %s", f, state, reason, want.state)
		}
		if want.remote == "" {
			continue
		}
		// The log and the counters name where it leads.
		d.note([]ovs.LogEvent{{Time: at(0), Kind: ovs.SendFailed, Target: want.remote, Reason: "Connection refused", Refused: true}})
		d.keep(configured(r))
		if state, reason := d.collector(f, "192.0.2.1", at(0)); state != v1alpha1.CollectorRefused {
			t.Errorf("%s: %s (%s), although it refuses", f, state, reason)
		}
	}
}

// Kind of fault: the counters of one exporter, which prove that it has a socket, were taken for a proof of all sockets to a
// collector. In a pod that does not see ovs-vswitchd's process, one may be a neighbor's.
func TestCountersProveTheSocketOfTheirExporterOnly(t *testing.T) {
	const target = "192.0.2.1:4739"
	remote := netip.MustParseAddrPort(target)
	for name, c := range map[string]struct {
		kept  int
		split bool
		state v1alpha1.CollectorState
	}{
		"one row":                       {1, false, v1alpha1.CollectorSending},
		"two rows":                      {2, false, v1alpha1.CollectorUnknown},
		"the agent has a target of own": {1, true, v1alpha1.CollectorUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			seen := ovs.Seen{}
			for i := range c.kept {
				seen.Locals = append(seen.Locals, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.11"), uint16(40000+i)))
			}
			d := delivery{split: c.split}
			d.look(ovs.Sockets{remote: seen}, nil, map[netip.AddrPort]int{remote: c.kept})
			d.count(ovs.IPFIXStatistics{SentPackets: 1}, []string{target}, at(0))
			d.count(ovs.IPFIXStatistics{SentPackets: 9}, []string{target}, at(10))
			if state, reason := d.collector(validation.IPFIX, target, at(11)); state != c.state {
				t.Errorf("%s (%s), not %s", state, reason, c.state)
			}
		})
	}
}
