package agent

import (
	"errors"
	"net/netip"
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
					d.look(nil, errors.New("no"), []string{target})
				case r.open:
					d.look(ovs.Sockets{remote: {Own: true}}, nil, []string{target})
				default:
					d.look(ovs.Sockets{}, nil, []string{target})
				}
				if state, _ := d.collector(validation.NetFlow, target, at(i)); state != r.state {
					t.Errorf("reading %d: got %s, want %s", i+1, state, r.state)
				}
				if reopen, _ := d.closed([]string{target}); reopen != r.reopen {
					t.Errorf("reading %d: reopen %v, want %v", i+1, reopen, r.reopen)
				}
			}
		})
	}
}
