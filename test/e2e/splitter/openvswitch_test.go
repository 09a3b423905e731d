package splitter

import (
	"testing"

	"sluice/applier/splitter"
	"sluice/test/harness/node"
)

// flows are the flows of some datagrams between two pods, for IPv4 and IPv6.
func (w *world) flows(from, to, packets int) map[string]int {
	flows := map[string]int{}
	for i := range packets {
		for _, ipv6 := range []bool{false, true} {
			port := node.FirstSourcePort + i%node.SourcePorts
			flows[key(w.node.PodAddress(from, ipv6), port, w.node.PodAddress(to, ipv6))]++
		}
	}
	return flows
}

func sum(all ...map[string]int) map[string]int {
	total := map[string]int{}
	for _, flows := range all {
		for k, n := range flows {
			total[k] += n
		}
	}
	return total
}

// Two tenants with two pods each, and an interface that is no pod's. Each packet is observed twice, where it
// enters the bridge and where it leaves it.
func TestEachTenantGetsItsFlowsOnce(t *testing.T) {
	for _, release := range []node.Release{node.Debian12, node.Debian13} {
		for name, settings := range map[string][]string{
			"each packet at once": {"sampling=1"},
			"with a cache":        {"sampling=1", "cache_active_timeout=1", "cache_max_flows=1000"},
		} {
			t.Run("Debian "+string(release)+", "+name, func(t *testing.T) {
				w := newWorld(t, release, "team-a_one", "team-a_two", "other.net.blue_team-b_one", "team-b_two", "")
				a, b := readers(t, w.network, 101), readers(t, w.network, 111)
				w.SetBridge(123, 1)
				w.SetExports([]splitter.Export{exportOf("team-a", a), exportOf("team-b", b)})
				w.export(t, settings...)
				within, toB, toA, ofB, fromNone := w.flows(1, 2, 8), w.flows(1, 3, 12), w.flows(4, 2, 4), w.flows(3, 4, 16), w.flows(5, 4, 4)
				for _, s := range []struct{ from, to, packets int }{{1, 2, 8}, {1, 3, 12}, {4, 2, 4}, {3, 4, 16}, {5, 4, 4}} {
					if err := w.node.SendBetween(t.Context(), s.from, s.to, s.packets); err != nil {
						t.Fatal(err)
					}
				}
				got(t, "team-a", a, sum(within, toB, toA))
				got(t, "team-b", b, sum(toB, toA, ofB, fromNone))
				counts, exports := w.Counts()
				if counts.Malformed+counts.NoTemplate+counts.Ambiguous+counts.Lost+counts.Foreign > 0 {
					t.Errorf("%+v", counts)
				}
				for _, e := range exports {
					for _, c := range e.Collectors {
						if c.Dropped+c.Failed > 0 {
							t.Errorf("%+v", c)
						}
					}
				}
			})
		}
	}
}
