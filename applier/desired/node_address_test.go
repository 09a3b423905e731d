package desired_test

import (
	"net/netip"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/applier/desired"
	"sluice/validation"
)

// OVN-Kubernetes removes duplicates before it fills in the node's own address, and the set with
// the address twice is one that ovs-vsctl refuses.
func TestACollectorOnTheNodeItselfMustNotRepeatItsOwnPort(t *testing.T) {
	const none = `{}`
	for name, c := range map[string]struct {
		list   string
		config map[string]string
		node   string
		want   string
	}{
		"both in sharedTarget":            {none, map[string]string{"sharedTarget": ":4739,192.0.2.10:4739"}, "192.0.2.10", "192.0.2.10:4739"},
		"the other way round":             {none, map[string]string{"sharedTarget": "192.0.2.10:4739,:4739"}, "192.0.2.10", "192.0.2.10:4739"},
		"nodePort and the list":           {`{"ipfix":{"collectors":["192.0.2.10:4739"]}}`, map[string]string{"nodePort": "4739"}, "192.0.2.10", "192.0.2.10:4739"},
		"sharedTarget and the list":       {`{"ipfix":{"collectors":["192.0.2.10:4739"]}}`, map[string]string{"sharedTarget": ":4739"}, "192.0.2.10", "192.0.2.10:4739"},
		"IPv6":                            {none, map[string]string{"sharedTarget": "[2001:db8::3]:4739,:4739"}, "2001:db8::3", "[2001:db8::3]:4739"},
		"IPv6 in another form":            {none, map[string]string{"sharedTarget": "[2001:DB8:0::3]:4739,:4739"}, "2001:db8::3", "[2001:db8::3]:4739"},
		"mapped":                          {none, map[string]string{"sharedTarget": "[::ffff:192.0.2.10]:4739,:4739"}, "192.0.2.10", "192.0.2.10:4739"},
		"two ports":                       {none, map[string]string{"sharedTarget": ":4739,:2055,192.0.2.10:2055,192.0.2.10:4739"}, "192.0.2.10", "192.0.2.10:4739 192.0.2.10:2055"},
		"another node":                    {none, map[string]string{"sharedTarget": ":4739,192.0.2.11:4739"}, "192.0.2.10", ""},
		"another port":                    {none, map[string]string{"sharedTarget": ":4739,192.0.2.10:2055"}, "192.0.2.10", ""},
		"another format":                  {`{"netFlow":{"collectors":["192.0.2.10:4739"]}}`, map[string]string{"nodePort": "4739"}, "192.0.2.10", ""},
		"no duplicate without the node's": {`{"ipfix":{"collectors":["192.0.2.10:4739"]}}`, map[string]string{"sharedTarget": "192.0.2.10:4739"}, "192.0.2.10", ""},
		"the same port, repeated":         {none, map[string]string{"sharedTarget": ":4739,:4739"}, "192.0.2.10", ""},
		"the ConfigMap does not count":    {`{"ipfix":{"collectors":["192.0.2.10:4739"]}}`, map[string]string{"sharedTarget": "", "nodePort": "4739"}, "192.0.2.10", ""},
	} {
		t.Run(name, func(t *testing.T) {
			state := desired.New(desired.Inputs{Network: network(t, c.list), FlowsConfig: c.config, Node: desired.Node{Name: "worker-1", Address: netip.MustParseAddr(c.node)}})
			if got := strings.Join(state.OwnDuplicates, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			targets := strings.Join(state.Exporters[validation.IPFIX].Targets, " ")
			for _, own := range state.OwnDuplicates {
				if strings.Count(targets, own) != 1 {
					t.Errorf("targets %s", targets)
				}
			}
		})
	}
}

// The address is the one that OVN-Kubernetes takes (util.GetNodePrimaryIP).
func TestTheAddressOfANodeIsTheOneThatOVNKubernetesTakes(t *testing.T) {
	for addresses, want := range map[string]string{
		"InternalIP 192.0.2.10": "192.0.2.10",
		"ExternalIP 203.0.113.5, InternalIP 192.0.2.10, InternalIP 192.0.2.11": "192.0.2.10",
		"Hostname worker-1, ExternalIP 203.0.113.5, ExternalIP 203.0.113.6":    "203.0.113.5",
		"InternalIP ::ffff:192.0.2.10":                                         "192.0.2.10",
		"InternalIP 010.0.0.5, InternalIP 192.0.2.11":                          "10.0.0.5",
		"InternalIP worker-1, InternalIP 2001:db8::3":                          "2001:db8::3",
		"InternalIP worker-1, ExternalIP 203.0.113.5":                          "203.0.113.5",
		"Hostname 192.0.2.10":                                                  "invalid IP",
		"":                                                                     "invalid IP",
	} {
		list := []any{}
		for item := range strings.SplitSeq(addresses, ", ") {
			if kind, address, ok := strings.Cut(item, " "); ok {
				list = append(list, map[string]any{"type": kind, "address": address})
			}
		}
		u := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"addresses": list}}}
		if got := desired.ReadNode(u).Address.String(); got != want {
			t.Errorf("%s: %s, want %s", addresses, got, want)
		}
	}
}
