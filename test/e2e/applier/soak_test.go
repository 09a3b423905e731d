package applier

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

const (
	// SoakVariable is the environment variable that says how long the soak takes; "make soak" sets it.
	// Without it, every kind of event happens at least once.
	soakVariable = "SLUICE_SOAK"
	// soakSeedVariable repeats the order of an earlier soak.
	soakSeedVariable = "SLUICE_SOAK_SEED"
	// truthWithin is how soon after an event all reports must equal what observers see.
	truthWithin = 45 * time.Second
	// deathWithin is longer: the kernel of a dead collector's machine answers one datagram in a second, and which one that is, is chance.
	deathWithin = 2 * time.Minute
	// returnWithin is the same for a collector that is back: a refusal counts for 2 minutes.
	returnWithin = 150 * time.Second
	// movedWithin is the same for a node whose address changes.
	movedWithin = 90 * time.Second
)

// soak is a cluster that is disturbed for a while.
type soak struct {
	t      *testing.T
	fleet  *nodes.Fleet
	random *rand.Rand
	nodes  []*soakNode
	// collectors are those of today's lists, in the order of soakFormats, and earlier the targets of the lists before.
	collectors [3]*soakCollector
	earlier    [3]string
	long       bool
	stats      map[string]*soakStat
	created    int
}

// soakNode is a node, and what was done to it.
type soakNode struct {
	*node.Node

	agent                                 *nodes.Agent
	agentDown, databaseDown, vswitchdDown bool
	// withoutRoute has no route to the collectors, off is switched off by a profile.
	withoutRoute, off bool
	// address is the one that the node sends from.
	address string
	// mark is how many datagrams of each format had come from it when the last event happened.
	mark [3]int
}

// soakStat is about one kind of event.
type soakStat struct {
	count   int
	longest time.Duration
}

// soakFormats are the formats, as reports, lists and Open vSwitch call them.
func soakFormats() [3]struct{ report, list, table string } {
	return [3]struct{ report, list, table string }{{"NetFlow", "netFlow", "netflow"}, {"SFlow", "sFlow", "sflow"}, {"IPFIX", "ipfix", "ipfix"}}
}

// TestSoak disturbs three nodes in a random order. After every event, each report must equal what
// independent observers see: ovs-vsctl, ss, and the collectors' own counts.
func TestSoak(t *testing.T) {
	seed, duration := uint64(time.Now().UnixNano()), time.Duration(0)
	if text := os.Getenv(soakSeedVariable); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", soakSeedVariable, err)
		}
		seed = given
	}
	if text := os.Getenv(soakVariable); text != "" {
		given, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("%s: %v", soakVariable, err)
		}
		duration = given
	}
	t.Logf("%s=%d repeats this order", soakSeedVariable, seed)
	s := &soak{t: t, random: rand.New(rand.NewPCG(seed, 1)), long: duration > 0, stats: map[string]*soakStat{}}
	s.fleet = newFleet(t, "node-a", "node-b", "node-c")
	apply(t, fastProfile)
	for i := range s.collectors {
		s.collectors[i] = s.newCollector(i)
	}
	s.list()
	for _, n := range s.fleet.Nodes {
		sn := &soakNode{Node: n, address: n.Address(false)}
		s.nodes = append(s.nodes, sn)
		s.startAgent(sn)
	}
	s.settle("start", truthWithin)
	t.Cleanup(s.summary)
	end := time.Now().Add(duration)
	for round := 0; round == 0 || time.Now().Before(end); round++ {
		events := s.events()
		s.random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for i, e := range events {
			if round > 0 && !time.Now().Before(end) {
				break
			}
			if t.Failed() {
				t.Fatalf("round %d, event %d failed", round, i)
			}
			e(s.nodes[s.random.IntN(len(s.nodes))])
		}
	}
}

func (s *soak) startAgent(n *soakNode) {
	s.t.Helper()
	n.agent = startAgent(s.t, s.fleet, n.Node, "--max-repairs=100000", "--probe-interval=2s", "--lease="+s.lease().String())
	n.agentDown = false
}

// lease is how long an agent counts as alive: as by default, or less in a short soak.
func (s *soak) lease() time.Duration {
	if s.long {
		return 100 * time.Second
	}
	return 10 * time.Second
}

// list makes the collectors those of the cluster's lists.
func (s *soak) list() {
	s.t.Helper()
	var parts []string
	for i, f := range soakFormats() {
		parts = append(parts, fmt.Sprintf("%q:{%q:[%q]}", f.list, "collectors", s.collectors[i].target))
	}
	export(s.t, "{"+strings.Join(parts, ",")+"}")
}

// settle waits until every report tells the truth, and counts the event.
func (s *soak) settle(kind string, within time.Duration) {
	s.t.Helper()
	for _, n := range s.nodes {
		for i, c := range s.collectors {
			n.mark[i] = c.from(n.address)
		}
	}
	begun, last := time.Now(), ""
	err := nodes.Wait(s.t.Context(), within, func(ctx context.Context) string {
		for _, n := range s.nodes {
			if missing := s.truth(ctx, n); missing != "" {
				if ctx.Err() == nil {
					last = n.Name + ": " + missing
				}
				return missing
			}
		}
		return ""
	})
	if err != nil {
		s.t.Fatalf("after %s, within %s: %s", kind, within, last)
	}
	stat := s.stats[kind]
	if stat == nil {
		stat = &soakStat{}
		s.stats[kind] = stat
	}
	stat.count++
	stat.longest = max(stat.longest, time.Since(begun))
}

// summary says what happened.
func (s *soak) summary() {
	var b strings.Builder
	total := 0
	for kind := range s.stats {
		total += s.stats[kind].count
	}
	fmt.Fprintf(&b, "%d events on %d nodes; event, times, longest time until all reports told the truth:\n", total, len(s.nodes))
	kinds := make([]string, 0, len(s.stats))
	for kind := range s.stats {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		fmt.Fprintf(&b, "  %-46s %4d  %5.1f s\n", kind, s.stats[kind].count, s.stats[kind].longest.Seconds())
	}
	for _, n := range s.nodes {
		fmt.Fprintf(&b, "  %s: next_cfg %s\n", n.Name, nextConfig(s.t, n.Node))
	}
	s.t.Log(b.String())
}
