package agent

import (
	"context"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: what was true of the route counted for two minutes after the route was back.
func TestAFailureForWantOfARouteEndsWithTheRoute(t *testing.T) {
	const target = "192.0.2.1:2055"
	remote := netip.MustParseAddrPort(target)
	noRoute, refused := &ovs.ProbeError{Cause: ovs.ProbeNoRoute, Err: syscall.ENETUNREACH}, &ovs.ProbeError{Cause: ovs.ProbeRefused, Err: syscall.ECONNREFUSED}
	start := time.Unix(100000, 0)
	type event struct {
		probe   error
		probed  bool
		logged  bool
		refused bool
		want    v1alpha1.CollectorState
	}
	const idle, notOpen, isRefused = v1alpha1.CollectorIdle, v1alpha1.CollectorNotOpen, v1alpha1.CollectorRefused
	for name, events := range map[string][]event{
		"the route comes back":                  {{probed: true, want: idle}, {logged: true, want: notOpen}, {probed: true, probe: noRoute, want: notOpen}, {probed: true, want: idle}},
		"the probe finds it first":              {{probed: true, probe: noRoute, want: notOpen}, {logged: true, want: notOpen}, {probed: true, want: idle}},
		"with a route, and still not sent":      {{probed: true, want: idle}, {logged: true, want: notOpen}, {probed: true, want: notOpen}, {logged: true, want: notOpen}, {probed: true, want: notOpen}},
		"away between two probes":               {{probed: true, want: idle}, {logged: true, want: notOpen}, {probed: true, want: notOpen}, {probed: true, want: idle}},
		"not sent after the route came back":    {{probed: true, probe: noRoute, want: notOpen}, {probed: true, want: idle}, {logged: true, want: notOpen}, {probed: true, want: notOpen}},
		"the collector refuses then":            {{probed: true, probe: noRoute, want: notOpen}, {logged: true, want: notOpen}, {probed: true, probe: refused, want: isRefused}},
		"a refusal does not end with the route": {{logged: true, refused: true, want: isRefused}, {probed: true, probe: noRoute, want: notOpen}, {probed: true, want: isRefused}},
		"without probes":                        {{logged: true, want: notOpen}, {want: notOpen}},
	} {
		t.Run(name, func(t *testing.T) {
			var d delivery
			d.look(ovs.Sockets{remote: {Own: true}}, nil, oneEach(target))
			now := start
			var answer error
			p := prober{found: make(chan struct{}, 1), probe: func(context.Context, netip.AddrPort, time.Duration) error { return answer }}
			for i, e := range events {
				now = now.Add(10 * time.Second)
				if e.logged {
					d.note([]ovs.LogEvent{{Time: now, Kind: ovs.SendFailed, Target: target, Reason: "Network is unreachable", Refused: e.refused, NoRoute: !e.refused}})
				}
				if e.probed {
					answer = e.probe
					p.ask(t.Context(), remote, now)
					d.probes = map[netip.AddrPort]probed{remote: p.results[remote]}
				}
				d.forget(now)
				if state, reason := d.collector(validation.NetFlow, target, now); state != e.want {
					t.Errorf("event %d: %s (%s), not %s", i, state, reason, e.want)
				}
			}
		})
	}
}
