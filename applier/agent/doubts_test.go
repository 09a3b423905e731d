package agent

import (
	"net/netip"
	"testing"

	"sluice/applier/ovs"
)

// Kind of fault: evidence of a neighbor taken for one's own. A socket to the collector was there, so nothing was opened.
func TestWhenASocketMayBeANeighbors(t *testing.T) {
	remote := netip.MustParseAddrPort("192.0.2.1:2055")
	ends := func(ports ...uint16) (list []netip.AddrPort) {
		for _, p := range ports {
			list = append(list, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.10"), p))
		}
		return list
	}
	type reading struct {
		own, noRoute, absent, reopened bool
		ports                          []uint16
		doubt                          bool
	}
	for name, readings := range map[string][]reading{
		"nothing ever happens":                     {{ports: []uint16{1}}, {ports: []uint16{1}}},
		"ovs-vswitchd replaces its socket":         {{ports: []uint16{1}}, {ports: []uint16{2}}},
		"a neighbor comes":                         {{ports: []uint16{1}}, {ports: []uint16{1, 2}}},
		"one of two goes":                          {{ports: []uint16{1, 2}}, {ports: []uint16{2}, doubt: true}, {ports: []uint16{2}, doubt: true}},
		"without a route, then opened":             {{ports: []uint16{1}, noRoute: true, doubt: true}, {ports: []uint16{1}, doubt: true}, {ports: []uint16{1, 2}, reopened: true}, {ports: []uint16{1, 2}}},
		"without a route, then not opened":         {{ports: []uint16{1}, noRoute: true, doubt: true}, {ports: []uint16{1}, reopened: true, doubt: true}, {ports: []uint16{1}, doubt: true}},
		"two attempts, and nothing to open":        {{ports: []uint16{1, 2}}, {ports: []uint16{2}, doubt: true}, {ports: []uint16{2}, reopened: true, doubt: true}, {ports: []uint16{2}, doubt: true}, {ports: []uint16{2}, reopened: true}, {ports: []uint16{2}}},
		"attempts without a route":                 {{ports: []uint16{1}, noRoute: true, doubt: true}, {ports: []uint16{1}, noRoute: true, reopened: true, doubt: true}, {ports: []uint16{1}, noRoute: true, reopened: true, doubt: true}, {ports: []uint16{1}, reopened: true, doubt: true}, {ports: []uint16{1}, reopened: true}},
		"another doubt after that":                 {{ports: []uint16{1, 2}}, {ports: []uint16{2}, doubt: true}, {ports: []uint16{2}, reopened: true, doubt: true}, {ports: []uint16{2}, reopened: true}, {ports: []uint16{2, 3}}, {ports: []uint16{2}, doubt: true}, {ports: []uint16{2}, reopened: true, doubt: true}},
		"a neighbor comes meanwhile":               {{ports: []uint16{1}, noRoute: true, doubt: true}, {ports: []uint16{1, 2}, doubt: true}},
		"a neighbor comes where there was nothing": {{}, {ports: []uint16{1}, absent: true, doubt: true}},
		"ovs-vswitchd's own, which is known":       {{ports: []uint16{1}, noRoute: true, own: true}, {ports: []uint16{1}, own: true}},
	} {
		var o doubts
		for i, r := range readings {
			o.reopened = r.reopened
			sockets, probes := ovs.Sockets{}, map[netip.AddrPort]probed{}
			if r.ports != nil {
				sockets[remote] = ovs.Seen{Own: r.own, Locals: ends(r.ports...)}
			}
			if r.noRoute {
				probes[remote] = probed{cause: ovs.ProbeNoRoute}
			}
			if o.look(sockets, probes, func(netip.AddrPort) bool { return r.absent }); o.in[remote] != r.doubt {
				t.Errorf("%s: reading %d: %t", name, i, o.in[remote])
			}
		}
	}
}
