package readers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/test/readers"
	"sluice/validation"
)

// generated is how many clusters each test makes.
const generated = 20_000

const nodeAddress = "192.0.2.10"

// What a review accepts, as it is stored then, ovnkube-node takes, and it sets what Sluice sets.
func TestOVNKubeNodeTakesWhatIsAccepted(t *testing.T) {
	g := newGenerator(1)
	accepted, changed, duplicates := 0, 0, 0
	for range generated {
		raw := readers.Cluster{NetFlow: g.list(), SFlow: g.list(), IPFIX: g.list(), ConfigMap: g.configMap()}
		stored, verdicts, ok := review(t, raw)
		if !ok {
			continue
		}
		accepted++
		if slices.Contains(verdicts, validation.Normalized) {
			changed++
		}
		state := state(t, stored)
		rows, err := start(stored)
		switch {
		case len(state.OwnDuplicates) > 0:
			// The one known way. Sluice warns, and the agent reports it on the node.
			duplicates++
			if err == nil {
				t.Errorf("%+v\nSluice says that ovnkube-node does not start for %v, but it does", stored, state.OwnDuplicates)
			}
		case err != nil:
			t.Errorf("%+v\naccepted as %+v, but ovnkube-node does not start: %v", raw, stored, err)
		default:
			same(t, stored, "the agent", state.Exporters, rows)
			same(t, stored, "what counts as the cluster's own", state.Cluster, rows)
		}
		if len(state.Skipped) > 0 {
			t.Errorf("%+v\naccepted, but the agent skips %q", stored, state.Skipped)
		}
		if t.Failed() {
			return
		}
	}
	if accepted < generated/20 || changed < generated/100 || duplicates < generated/1000 {
		t.Errorf("of %d clusters, %d are accepted, %d normalized, and %d repeat the node's address: the test proves little", generated, accepted, changed, duplicates)
	}
}

// Where the operator does not act, Sluice changes nothing either.
func TestSluiceActsWhereTheOperatorActs(t *testing.T) {
	for _, networkType := range []string{"", "OVNKubernetes", "ovnkubernetes", "OpenShiftSDN", "Calico", "Raw"} {
		for _, management := range []string{"", "Managed", "Unmanaged", "Removed", "Force"} {
			c := readers.Cluster{Type: networkType, ManagementState: management, IPFIX: []string{"192.0.2.1:4739"}}
			_, acts, err := readers.Render(c)
			if err != nil {
				t.Fatal(err)
			}
			if why := state(t, c).HandsOff; (why == "") != acts {
				t.Errorf("type %q, managementState %q: the operator acts: %t, Sluice does not act because %q", networkType, management, acts, why)
			}
		}
	}
}

// What was stored before Sluice was installed may be malformed. If ovnkube-node sets a row for it,
// the row is recognized as the cluster's own, so that a profile can switch it off.
func TestWhatOVNKubeNodeSetsIsTheClustersOwn(t *testing.T) {
	g := newGenerator(2)
	set, skipped := 0, 0
	for range generated {
		stored := readers.Cluster{
			Type: g.pick("", "OVNKubernetes"), ManagementState: g.pick("", "Managed", "Removed", "Force"),
			NetFlow: g.stored(), SFlow: g.stored(), IPFIX: g.stored(), ConfigMap: g.configMap(),
		}
		rows, err := start(stored)
		if err != nil {
			continue
		}
		state := state(t, stored)
		set++
		if len(state.Skipped) > 0 {
			skipped++
		}
		same(t, stored, "what counts as the cluster's own", state.Cluster, rows)
		if t.Failed() {
			return
		}
	}
	if set < generated/20 || skipped < generated/100 {
		t.Errorf("of %d clusters, ovnkube-node starts with %d, and Sluice skips something of %d: the test proves little", generated, set, skipped)
	}
}

// review judges the Network and the ConfigMap as the webhook does, and returns them as stored.
func review(t *testing.T, c readers.Cluster) (readers.Cluster, []validation.Outcome, bool) {
	t.Helper()
	options := validation.Options{IPv6: true}
	lists := map[string]any{}
	for key, list := range map[string][]string{"netFlow": c.NetFlow, "sFlow": c.SFlow, "ipfix": c.IPFIX} {
		if len(list) > 0 {
			lists[key] = map[string]any{"collectors": anySlice(list)}
		}
	}
	network := map[string]any{"spec": map[string]any{"exportNetworkFlows": lists}}
	verdict := validation.Review(validation.Input{
		Operation: validation.Create, Options: options,
		Object: validation.Object{Name: "cluster", ExportNetworkFlows: value(t, lists)},
	})
	outcomes := []validation.Outcome{verdict.Outcome()}
	apply(t, network, verdict.Edits)
	stored := readers.Cluster{NetFlow: texts(network, "netFlow"), SFlow: texts(network, "sFlow"), IPFIX: texts(network, "ipfix")}
	if c.ConfigMap != nil {
		data := map[string]any{}
		for key, text := range c.ConfigMap {
			data[key] = text
		}
		config := map[string]any{"data": data}
		verdict := validation.Review(validation.Input{
			Operation: validation.Create, Options: options,
			Object: validation.Object{Resource: validation.FlowsConfig, Name: validation.FlowsConfigName, Namespace: validation.FlowsConfigNamespace, Data: value(t, data)},
		})
		outcomes = append(outcomes, verdict.Outcome())
		apply(t, config, verdict.Edits)
		stored.ConfigMap = map[string]string{}
		for key, text := range config["data"].(map[string]any) {
			stored.ConfigMap[key] = text.(string)
		}
	}
	return stored, outcomes, !slices.Contains(outcomes, validation.Rejected)
}

// apply makes the edits of a verdict, which replace or remove members of objects.
func apply(t *testing.T, object map[string]any, edits []validation.Edit) {
	t.Helper()
	for _, e := range edits {
		path := strings.Split(e.Pointer, "/")[1:]
		parent := object
		for _, key := range path[:len(path)-1] {
			next, ok := parent[key].(map[string]any)
			if !ok {
				t.Fatalf("edit of %s: there is no %s", e.Pointer, key)
			}
			parent = next
		}
		key := path[len(path)-1]
		switch {
		case e.Remove:
			delete(parent, key)
		case e.List != nil:
			var list []any
			for _, entry := range e.List {
				list = append(list, entry.Addr.String())
			}
			parent[key] = list
		default:
			parent[key] = e.Text
		}
	}
}

func texts(network map[string]any, format string) []string {
	flows, _ := network["spec"].(map[string]any)["exportNetworkFlows"].(map[string]any)
	block, _ := flows[format].(map[string]any)
	list, _ := block["collectors"].([]any)
	var found []string
	for _, item := range list {
		found = append(found, item.(string))
	}
	return found
}

func anySlice(list []string) []any {
	var items []any
	for _, s := range list {
		items = append(items, s)
	}
	return items
}

func value(t *testing.T, v any) validation.Value {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := validation.ParseJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// state is what the agent of a node computes.
func state(t *testing.T, c readers.Cluster) desired.State {
	t.Helper()
	lists := map[string]any{}
	for key, list := range map[string][]string{"netFlow": c.NetFlow, "sFlow": c.SFlow, "ipfix": c.IPFIX} {
		if len(list) > 0 {
			lists[key] = map[string]any{"collectors": anySlice(list)}
		}
	}
	return desired.New(desired.Inputs{
		Network: &desired.Network{Generation: 1, Object: validation.Object{
			Name: "cluster", ExportNetworkFlows: value(t, lists), NetworkType: value(t, c.Type), ManagementState: value(t, c.ManagementState),
		}},
		FlowsConfig: c.ConfigMap,
		Node:        desired.Node{Name: "worker-1", Address: netip.MustParseAddr(nodeAddress)},
	})
}

func start(c readers.Cluster) (readers.Rows, error) {
	env, _, err := readers.Render(c)
	if err != nil {
		return readers.Rows{}, err
	}
	return readers.Start(env, nodeAddress)
}

// same compares exporters with rows: the same targets in any order, and the same columns.
func same(t *testing.T, c readers.Cluster, what string, got [3]*ovs.Exporter, want readers.Rows) {
	t.Helper()
	for format, row := range map[validation.Format]*readers.Row{validation.NetFlow: want.NetFlow, validation.SFlow: want.SFlow, validation.IPFIX: want.IPFIX} {
		if g, w := exporterText(got[format]), rowText(row); g != w {
			t.Errorf("%+v\n%s: %s is  %s\novnkube-node sets %s", c, what, format, g, w)
		}
	}
}

func exporterText(e *ovs.Exporter) string {
	if e == nil {
		return "none"
	}
	columns := map[string]string{}
	for name, v := range e.Settings {
		columns[string(name)] = v
	}
	return text(e.Targets, columns)
}

func rowText(r *readers.Row) string {
	if r == nil {
		return "none"
	}
	return text(r.Targets, r.Columns)
}

func text(targets []string, columns map[string]string) string {
	sorted := slices.Sorted(slices.Values(targets))
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		value := columns[name]
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			value = strconv.FormatUint(n, 10)
		}
		sorted = append(sorted, name+"="+value)
	}
	return fmt.Sprint(sorted)
}
