package splitter

import (
	"fmt"
	"testing"
	"time"

	"sluice/applier/splitter"
	"sluice/test/harness/node"
	"sluice/test/harness/require"
)

// threeNodes are nodes with a pod of team-a (pod 1), one of team-b (pod 2) and one of team-c (pod 3) on each.
func threeNodes(t *testing.T, release node.Release) []*world {
	t.Helper()
	require.Root(t, "network namespaces")
	network, err := node.StartNetwork(t.Context(), node.NetworkOptions{Release: release})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := network.Stop(); err != nil {
			t.Error(err)
		}
	})
	var worlds []*world
	var nodes []*node.Node
	for _, name := range []string{"node-a", "node-b", "node-c"} {
		w := newWorldOn(t, network, name, "team-a_"+name, "team-b_"+name, "team-c_"+name)
		worlds, nodes = append(worlds, w), append(nodes, w.node)
	}
	if err := node.Connect(t.Context(), nodes...); err != nil {
		t.Fatal(err)
	}
	return worlds
}

// across are the flows of some datagrams between pods of two nodes.
func across(from *world, pod int, to *world, other, packets int) map[string]int {
	flows := map[string]int{}
	for i := range packets {
		for _, ipv6 := range []bool{false, true} {
			flows[key(from.node.PodAddress(pod, ipv6), node.FirstSourcePort+i%node.SourcePorts, to.node.PodAddress(other, ipv6))]++
		}
	}
	return flows
}

// Three nodes, two tenants and a third namespace without a FlowExport: flows within a node and across nodes, while pods
// are replaced by those of the other tenant with all that they had, take the addresses of others, and while the agent
// and ovs-vswitchd start again.
func TestThreeNodes(t *testing.T) {
	for _, release := range []node.Release{node.Debian12, node.Debian13} {
		t.Run("Debian "+string(release), func(t *testing.T) {
			worlds := threeNodes(t, release)
			one, two, three := worlds[0], worlds[1], worlds[2]
			a, b := readers(t, one.network, 101), readers(t, one.network, 111)
			wantA, wantB := map[string]int{}, map[string]int{}
			exports := func(w *world) {
				list := []splitter.Export{exportOf("team-a", a), exportOf("team-b", b)}
				for i := range list {
					list[i].Domain = uint32(70 + w.node.Number)
				}
				w.SetExports(list)
			}
			for _, w := range worlds {
				w.SetBridge(123, 1)
				exports(w)
				w.export(t, "sampling=1")
			}
			// The owners of the pods of one node, of which pod 1 is replaced.
			tenants := map[*world][]map[string]int{one: {wantA, wantB, nil}, two: {wantA, wantB, nil}, three: {wantA, wantB, nil}}
			send := func(from *world, pod int, to *world, other, packets int) {
				t.Helper()
				if err := from.node.SendTo(t.Context(), pod, to.node, other, packets); err != nil {
					t.Fatal(err)
				}
				sender, receiver := tenants[from][pod-1], tenants[to][other-1]
				flows := across(from, pod, to, other, packets)
				add := func(want map[string]int) {
					for k, n := range flows {
						want[k] += n
					}
				}
				if sender != nil {
					add(sender)
				}
				// Within a tenant, both nodes report a packet across nodes, and a node reports its own once.
				within := sender != nil && receiver != nil && fmt.Sprintf("%p", sender) == fmt.Sprintf("%p", receiver)
				if receiver != nil && (!within || from != to) {
					add(receiver)
				}
			}
			settled := func() {
				t.Helper()
				since := time.Now()
				eventually(t, func() string {
					if time.Since(since) < 3*time.Second {
						return "the change is too recent"
					}
					return ""
				})
			}
			arrived := func() { // at the fastest readers; the others are asked at the end
				t.Helper()
				got(t, "team-a", a[len(a)-1:], wantA)
				got(t, "team-b", b[len(b)-1:], wantB)
			}
			traffic := func() {
				t.Helper()
				send(one, 1, one, 2, 8)     // within a node, between tenants
				send(two, 1, three, 1, 4)   // across nodes, within a tenant
				send(one, 2, three, 1, 12)  // across nodes, between tenants
				send(three, 3, two, 2, 4)   // from a namespace without a FlowExport
				send(two, 3, one, 3, 4)     // of no tenant
				send(three, 2, three, 3, 4) // to a namespace without one
				arrived()
			}
			traffic()
			// The pod of team-a on a node is replaced by one of team-b, and back.
			for _, owner := range []string{"team-b", "team-a"} {
				if err := one.node.ReplacePod(t.Context(), 1, owner+"_another"); err != nil {
					t.Fatal(err)
				}
				tenants[one][0] = map[string]map[string]int{"team-a": wantA, "team-b": wantB}[owner]
				settled()
				traffic()
			}
			// A pod of team-b takes the addresses of team-a's on another node.
			for _, ipv6 := range []bool{false, true} {
				if err := three.node.ChangeAddress(t.Context(), 2, two.node.PodAddress(1, ipv6)); err != nil {
					t.Fatal(err)
				}
			}
			send(three, 2, one, 1, 4)
			arrived()
			// The agent starts again.
			one.restart(t, "sampling=1")
			exports(one)
			traffic()
			// ovs-vswitchd starts again.
			two.node.StopVswitchd()
			if err := two.node.StartVswitchd(t.Context()); err != nil {
				t.Fatal(err)
			}
			settled()
			traffic()
			got(t, "team-a", a, wantA)
			got(t, "team-b", b, wantB)
		})
	}
}
