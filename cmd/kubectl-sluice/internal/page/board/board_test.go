package board

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/validation"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// facts are a cluster with nodes on which all is well, and all of which is known.
func facts(nodes int) Facts {
	f := Facts{Now: noon, Cluster: status.Cluster{Generation: 7, Now: noon, Heartbeats: map[string]status.Heartbeat{}, Desired: validation.Flows{
		IPFIX: []validation.Entry{{Addr: netip.MustParseAddrPort("192.0.2.1:4739")}, {Addr: netip.MustParseAddrPort("192.0.2.2:4739")}},
	}}}
	for _, name := range []string{SourceReports, SourceNetwork, SourceNodes, SourceLeases, SourceProfiles, SourceConfig, SourcePolicies, SourceEvents} {
		f.Sources = append(f.Sources, Source{Name: name, State: Current})
	}
	for i := range nodes {
		name := fmt.Sprintf("worker-%04d", i)
		f.Cluster.Nodes = append(f.Cluster.Nodes, name)
		f.Cluster.Heartbeats[name] = status.Heartbeat{Renewed: noon, Duration: time.Minute}
		f.Cluster.Exports = append(f.Cluster.Exports, report(name))
	}
	return f
}

func report(name string) v1alpha1.NodeFlowExport {
	condition := func(kind, value, reason string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: metav1.ConditionStatus(value), Reason: reason, Message: "m", LastTransitionTime: metav1.NewTime(noon.Add(-5 * time.Minute))}
	}
	return v1alpha1.NodeFlowExport{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: v1alpha1.NodeFlowExportStatus{
		ObservedGeneration: 7, Mode: v1alpha1.ModeEnforce, Formats: []v1alpha1.FormatStatus{{Format: v1alpha1.FormatIPFIX, Collectors: []v1alpha1.CollectorStatus{
			{Target: "192.0.2.1:4739", State: v1alpha1.CollectorSending}, {Target: "192.0.2.2:4739", State: v1alpha1.CollectorIdle},
		}}},
		Conditions: []metav1.Condition{condition("Applied", "True", "InSync"), condition("Exporting", "True", "SocketsOpen")},
	}}
}

// refuses makes a collector of a node refuse.
func (f *Facts) refuses(i int, message string) {
	n := &f.Cluster.Exports[i]
	n.Status.Formats[0].Collectors[1].State = v1alpha1.CollectorRefused
	n.Status.Conditions[1].Status, n.Status.Conditions[1].Reason, n.Status.Conditions[1].Message = metav1.ConditionFalse, v1alpha1.ReasonRefused, message
}

// set changes what is known of a source.
func (f *Facts) set(name string, state SourceState) {
	for i := range f.Sources {
		if f.Sources[i].Name == name {
			f.Sources[i].State = state
		}
	}
}

func section[T any](t *testing.T, b *Board, name string) (value T) {
	t.Helper()
	if err := json.Unmarshal(b.Sections[name], &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestRowsAndProblemsSayTheSame(t *testing.T) {
	f := facts(3)
	f.refuses(1, "refused")
	f.Cluster.Nodes = append(f.Cluster.Nodes, "worker-new")
	b := Build(f)
	problems := section[Problems](t, b, SectionProblems).List
	var reasons []string
	for _, p := range problems {
		reasons = append(reasons, p.Reason)
	}
	var want []string
	for _, p := range f.Cluster.Summarize().Problems {
		want = append(want, p.Reason)
	}
	if diff := cmp.Diff(want, reasons); diff != "" || len(want) != 2 {
		t.Errorf("the problems of status (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"worker-0000": `{"n":"worker-0000","s":"ok","c":"si","m":"Enforce","a":"True","e":"True","t":"2026-01-02T11:55:00Z"}`,
		"worker-0001": `{"n":"worker-0001","s":"problem","p":["` + problems[1].ID + `"],"c":"sr","m":"Enforce","a":"True","e":"False","t":"2026-01-02T11:55:00Z"}`,
		"worker-new":  `{"n":"worker-new","s":"problem","p":["` + problems[0].ID + `"],"c":"??"}`,
	} {
		if diff := cmp.Diff(want, string(b.Rows[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if v := section[Verdict](t, b, SectionVerdict); v.Title != "2 problems" || v.Level != status.LevelProblem || v.Applied != 3 || v.Nodes != 4 {
		t.Errorf("%+v", v)
	}
}

func TestUnknownIsNotEmpty(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		state  SourceState
		title  string
		rows   int
	}{
		"reports":       {SourceReports, Forbidden, "The state is unknown", 0},
		"reports soon":  {SourceReports, Loading, "Reading the cluster…", 0},
		"no CRD":        {SourceReports, Missing, "The state is unknown", 0},
		"lists":         {SourceNetwork, Forbidden, "The state is unknown", 2},
		"leases soon":   {SourceLeases, Loading, "Reading the cluster…", 0},
		"old reports":   {SourceReports, Old, "OK", 2},
		"nodes":         {SourceNodes, Forbidden, "OK", 2},
		"policies only": {SourcePolicies, Forbidden, "OK", 2},
	} {
		f := facts(2)
		f.set(c.source, c.state)
		b := Build(f)
		if v := section[Verdict](t, b, SectionVerdict); v.Title != c.title || len(b.Rows) != c.rows {
			t.Errorf("%s: %q, %d rows", name, v.Title, len(b.Rows))
		}
		if problems := section[Problems](t, b, SectionProblems).List; len(problems) != 0 {
			t.Errorf("%s: %+v", name, problems)
		}
	}
	f := facts(1)
	f.set(SourceNetwork, Forbidden)
	if row := string(Build(f).Rows["worker-0000"]); !strings.Contains(row, `"s":"unknown"`) {
		t.Errorf("without the lists: %s", row)
	}
}

func TestTheVerdictsOfAClusterWithoutExport(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Facts)
		title  string
	}{
		"no lists": {func(f *Facts) { f.Cluster.Desired = validation.Flows{} }, "Export is off"},
		"no agent": {func(f *Facts) { f.Cluster.Exports, f.Cluster.Heartbeats = nil, nil }, "No agent has reported"},
		"malformed": {func(f *Facts) {
			f.Cluster = status.Cluster{Generation: 7, Nodes: f.Cluster.Nodes, Malformed: []validation.Finding{{Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Value: "10.0.0.05:99"}}}
		}, "1 problem"},
		"no Leases": {func(f *Facts) { f.Cluster.LivenessUnknown = "forbidden" }, "1 problem"},
	} {
		f := facts(2)
		c.change(&f)
		if v := section[Verdict](t, Build(f), SectionVerdict); v.Title != c.title {
			t.Errorf("%s: %q", name, v.Title)
		}
	}
}

func TestOnlyWhatChangedIsSent(t *testing.T) {
	f := facts(1000)
	before := Build(f)
	if _, changed := Build(f).Since(before); changed {
		t.Error("the same facts are a change")
	}
	f.refuses(500, "refused")
	m, changed := Build(f).Since(before)
	if !changed || len(m.Rows) != 1 || m.Full {
		t.Errorf("%d rows", len(m.Rows))
	}
	text, err := json.Marshal(m)
	if err != nil || len(text) > 20<<10 {
		t.Errorf("%d bytes: %v", len(text), err)
	}
	t.Logf("a change of one of 1,000 nodes: %d bytes", len(text))
	f.Cluster.Exports, f.Cluster.Nodes = f.Cluster.Exports[1:], f.Cluster.Nodes[1:]
	if m, _ := Build(f).Since(before); !slices.Equal(m.Gone, []string{"worker-0000"}) {
		t.Errorf("gone: %v", m.Gone)
	}
}

// A problem keeps its identity while its message counts minutes: otherwise each minute would change all rows.
func TestAMessageThatCountsTimeChangesNoRow(t *testing.T) {
	f := facts(1000)
	f.Cluster.Now = noon.Add(10 * time.Minute)
	before := Build(f)
	f.Cluster.Now = noon.Add(20 * time.Minute)
	if m, _ := Build(f).Since(before); len(m.Rows) != 0 || m.Sections[SectionProblems] == nil {
		t.Errorf("%d rows, %d sections", len(m.Rows), len(m.Sections))
	}
}

// Whatever the cluster contains, what is sent is bounded.
func TestAHostileClusterIsBounded(t *testing.T) {
	f := facts(maxRows + 10)
	long := strings.Repeat("é", 2_000)
	for i := range f.Cluster.Exports {
		f.refuses(i, fmt.Sprint(i, long))
	}
	n := &f.Cluster.Exports[0]
	for i := range 1000 {
		n.Status.Formats[0].Collectors = append(n.Status.Formats[0].Collectors, v1alpha1.CollectorStatus{Target: fmt.Sprint(i, long)})
	}
	for i := range 1000 {
		f.Events = append(f.Events, Event{Time: noon, Message: long, Reason: "R", Kind: "K", Object: "o"})
		f.Policies = append(f.Policies, v1alpha1.FlowExportPolicy{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(i)}})
	}
	b := Build(f)
	m, _ := b.Since(nil)
	text, err := json.Marshal(m)
	if err != nil || len(text) > 2<<20 {
		t.Errorf("%d bytes: %v", len(text), err)
	}
	if v := section[Verdict](t, b, SectionVerdict); len(b.Rows) > maxRows || v.Omitted != 10 {
		t.Errorf("%d rows, %d left out", len(b.Rows), v.Omitted)
	}
	if c := section[Columns](t, b, SectionColumns); len(c.List) != maxColumns || c.Omitted != 1002-maxColumns {
		t.Errorf("%d columns, %d left out", len(c.List), c.Omitted)
	}
	t.Logf("%d bytes", len(text))
}

func TestTheSameChangeOfManyNodesIsToldOnce(t *testing.T) {
	f := facts(100)
	f.refuses(3, "refused")
	f.Events = []Event{{Time: noon.Add(-time.Minute), Warning: true, Kind: "FlowExportPolicy", Object: "team-a", Reason: "Denied", Message: "x", Count: 4}}
	var got []string
	for _, c := range section[Changes](t, Build(f), SectionChanges).List {
		got = append(got, fmt.Sprintf("%s %s %d %v", c.What, c.Reason, c.Count, c.Good))
	}
	want := []string{"Denied  4 false", "Exporting is False Refused 1 false", "Applied is True InSync 100 true", "Exporting is True SocketsOpen 99 true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestANode(t *testing.T) {
	f := facts(2)
	f.Cluster.Nodes = append(f.Cluster.Nodes, "silent")
	for name, want := range map[string]struct{ known, report bool }{"worker-0001": {true, true}, "silent": {true, false}, "gone": {false, false}} {
		n, known := f.Node(name)
		if known != want.known || n.Report != want.report {
			t.Errorf("%s: %v %+v", name, known, n)
		}
	}
}

func TestAPolicyInLines(t *testing.T) {
	most := int32(4)
	p := policy(v1alpha1.FlowExportPolicy{ObjectMeta: metav1.ObjectMeta{Name: "a"}, Spec: v1alpha1.FlowExportPolicySpec{
		Exempt:        []v1alpha1.PolicySubject{{Kind: "ServiceAccount", Namespace: "n", Name: "s"}},
		Allow:         []v1alpha1.PolicyRule{{Formats: []v1alpha1.ExportFormat{"NetFlow"}, Destinations: []v1alpha1.Destination{"192.0.2.0/24"}, Ports: []v1alpha1.PortRange{"2055"}}, {}},
		MaxCollectors: &most, Removal: v1alpha1.RemovalOnlyAllowed,
	}})
	want := Policy{
		Name: "a", Enforcement: "Deny", AppliesTo: []string{"everyone"}, Exempt: []string{"ServiceAccount n/s"},
		Rules: []PolicyRule{
			{"Allow", "NetFlow to 192.0.2.0/24, ports 2055"},
			{"Allow", "any format to any address"},
			{"Limit", "at most 4 collectors of a format"},
			{"Removal", "only what an allow rule matches"},
		},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
}
