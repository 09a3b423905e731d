package tenants

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/validation/policy"
)

var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

const collector = "10.20.0.5:4739"

func flowExport() *v1alpha1.FlowExport {
	return &v1alpha1.FlowExport{
		ObjectMeta: metav1.ObjectMeta{Name: "siem", Namespace: "team-a", UID: "u", Generation: 3},
		Spec:       v1alpha1.FlowExportSpec{IPFIX: v1alpha1.FlowExportIPFIX{Collectors: []v1alpha1.FlowExportCollector{collector}}},
	}
}

// entry is what a node reports, with one collector in a state.
func entry(state v1alpha1.CollectorState, change func(*v1alpha1.NodeFlowExportEntry)) v1alpha1.NodeFlowExportEntry {
	e := v1alpha1.NodeFlowExportEntry{
		Namespace: "team-a", Name: "siem", UID: "u", Generation: 3, Records: 10, Dropped: 1,
		LastRecord: new(metav1.NewTime(monday)),
		Collectors: []v1alpha1.CollectorStatus{{Target: collector, State: state, Reason: "why"}},
	}
	if change != nil {
		change(&e)
	}
	return e
}

func TestExporting(t *testing.T) {
	allowed := policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"}
	sending, idle := entry(v1alpha1.CollectorSending, nil), entry(v1alpha1.CollectorIdle, nil)
	for name, c := range map[string]struct {
		judgment policy.Judgment
		entries  []v1alpha1.NodeFlowExportEntry
		dead     bool
		want     string
	}{
		"not accepted":       {judgment: policy.Judgment{Reason: v1alpha1.ReasonDenied, Message: "x"}, entries: []v1alpha1.NodeFlowExportEntry{sending}, want: "False NotAccepted 1/1"},
		"no pods":            {judgment: allowed, want: "False NoPods 0/0"},
		"sending":            {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{sending, idle}, want: "True Sending 1/2"},
		"idle":               {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{idle}, want: "False Idle 0/1"},
		"refused":            {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{sending, entry(v1alpha1.CollectorRefused, nil)}, want: "False Refused 1/2"},
		"not open":           {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{entry(v1alpha1.CollectorNotOpen, nil)}, want: "False NotOpen 0/1"},
		"unknown":            {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{entry(v1alpha1.CollectorUnknown, nil)}, want: "False NodesNotReady 0/1"},
		"not ready":          {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{sending, entry(v1alpha1.CollectorIdle, func(e *v1alpha1.NodeFlowExportEntry) { e.Reason = "ExportOff" })}, want: "False NodesNotReady 1/2"},
		"an old generation":  {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{entry(v1alpha1.CollectorIdle, func(e *v1alpha1.NodeFlowExportEntry) { e.Generation = 2 })}, want: "False NodesNotReady 0/1"},
		"a dead agent":       {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{sending}, dead: true, want: "False NodesNotReady 0/1"},
		"of another object":  {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{entry(v1alpha1.CollectorSending, func(e *v1alpha1.NodeFlowExportEntry) { e.UID = "v" })}, want: "False NoPods 0/0"},
		"a former collector": {judgment: allowed, entries: []v1alpha1.NodeFlowExportEntry{entry(v1alpha1.CollectorSending, func(e *v1alpha1.NodeFlowExportEntry) { e.Collectors[0].Target = "10.9.9.9:1" })}, want: "True Sending 1/1"},
	} {
		t.Run(name, func(t *testing.T) {
			n := nodes{knowledge: known}
			n.read(nodeReports(t, c.entries), nil, monday)
			for i := range c.entries {
				n.alive[fmt.Sprintf("node-%d", i)] = !c.dead
			}
			f := flowExport()
			s := newStatus(f, c.judgment, sumOf(&n, f), metav1.NewTime(monday))
			condition := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionExporting)
			if got := fmt.Sprintf("%s %s %d/%d", condition.Status, condition.Reason, s.NodesSending, s.NodesWanted); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if condition.ObservedGeneration != 3 || s.ObservedGeneration != 3 {
				t.Error("the generation is not that of the FlowExport")
			}
			for _, k := range s.Collectors {
				if k.Target != collector {
					t.Errorf("collector %s is not in the list", k.Target)
				}
			}
		})
	}
}

// nodeReports are the NodeFlowExports of one node for each entry, as they are kept.
func nodeReports(t *testing.T, entries []v1alpha1.NodeFlowExportEntry) []*unstructured.Unstructured {
	t.Helper()
	var list []*unstructured.Unstructured
	for i := range entries {
		n := v1alpha1.NodeFlowExport{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%d", i)}, Status: v1alpha1.NodeFlowExportStatus{Bridge: "br-int", FlowExports: entries[i : i+1]}}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&n)
		if err != nil {
			t.Fatal(err)
		}
		u := &unstructured.Unstructured{Object: content}
		reduceReport(u)
		list = append(list, u)
	}
	return list
}

// report is the entry of one node for a FlowExport.
type report struct {
	node  string
	entry v1alpha1.NodeFlowExportEntry
}

// summed sums up reports on Monday.
func summed(f *v1alpha1.FlowExport, reports []report, alive map[string]bool) rollup {
	n := nodes{knowledge: known, now: monday, reports: map[string]*nodeReport{}, alive: alive}
	for i := range reports {
		n.reports[reports[i].node] = &nodeReport{entries: []nodeEntry{newNodeEntry(&reports[i].entry)}}
	}
	return sumOf(&n, f)
}

func sumOf(n *nodes, f *v1alpha1.FlowExport) rollup {
	return n.rollUp(map[string][]v1alpha1.FlowExport{f.Namespace: {*f}})[f.UID]
}

// A node that does not report all FlowExports may have pods of each.
func TestANodeThatOmitsFlowExports(t *testing.T) {
	allowed := policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"}
	for name, c := range map[string]struct {
		omitted int64
		dead    bool
		entries []any
		want    string
	}{
		"it omits some":                   {omitted: 88, want: "NodesNotReady"},
		"it omits none":                   {want: "NoPods"},
		"its agent is dead":               {omitted: 88, dead: true, want: "NoPods"},
		"it omits some, and not this one": {omitted: 88, entries: []any{map[string]any{"uid": "u", "generation": int64(3), "collectors": []any{map[string]any{"target": collector, "state": "Idle"}}}}, want: "Idle"},
	} {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{Object: map[string]any{
				"metadata": map[string]any{"name": "a"}, "status": map[string]any{"bridge": "br-int", "omittedFlowExports": c.omitted, "flowExports": c.entries},
			}}
			reduceReport(u)
			lease := &unstructured.Unstructured{Object: map[string]any{
				"metadata": map[string]any{"name": "a"}, "spec": map[string]any{"leaseDurationSeconds": int64(100), "renewTime": monday.Format(metav1.RFC3339Micro)},
			}}
			n, now := nodes{knowledge: known}, monday
			if c.dead {
				now = now.Add(time.Hour)
			}
			n.read([]*unstructured.Unstructured{u}, []*unstructured.Unstructured{lease}, now)
			s := newStatus(flowExport(), allowed, sumOf(&n, flowExport()), metav1.NewTime(now))
			if got := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionExporting); got.Reason != c.want || got.Status != metav1.ConditionFalse {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

// A loss of records is said with each reason that sounds as if nothing was lost.
func TestALossIsSaid(t *testing.T) {
	allowed := policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"}
	for _, state := range []v1alpha1.CollectorState{v1alpha1.CollectorSending, v1alpha1.CollectorIdle} {
		for _, lost := range []bool{false, true} {
			e := entry(state, func(e *v1alpha1.NodeFlowExportEntry) { e.Incomplete = lost })
			s := newStatus(flowExport(), allowed, summed(flowExport(), []report{{"a", e}}, map[string]bool{"a": true}), metav1.NewTime(monday))
			if c := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionExporting); strings.Contains(c.Message, "lost records") != lost {
				t.Errorf("%s, lost %t: %s", state, lost, c.Message)
			}
			if got := meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionIncomplete); got != lost {
				t.Errorf("%s, lost %t: incomplete is %t", state, lost, got)
			}
		}
	}
}

// What is said about a loss stays while it is unknown, and goes with it.
func TestIncomplete(t *testing.T) {
	allowed, denied := policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"}, policy.Judgment{Reason: v1alpha1.ReasonDenied, Message: "x"}
	for name, c := range map[string]struct {
		before, now rollup
		judgment    policy.Judgment
		want        bool
	}{
		"a loss":              {rollup{knowledge: known}, rollup{knowledge: known, incomplete: true}, allowed, true},
		"no loss":             {rollup{knowledge: known, incomplete: true}, rollup{knowledge: known}, allowed, false},
		"a new leader":        {rollup{knowledge: known, incomplete: true}, rollup{knowledge: pending}, allowed, true},
		"unknown":             {rollup{knowledge: known, incomplete: true}, rollup{knowledge: unknown}, allowed, true},
		"there was none":      {rollup{knowledge: known}, rollup{knowledge: unknown}, allowed, false},
		"not accepted":        {rollup{knowledge: known, incomplete: true}, rollup{knowledge: known, incomplete: true}, denied, false},
		"revoked, and unread": {rollup{knowledge: known, incomplete: true}, rollup{knowledge: pending}, denied, false},
	} {
		f := flowExport()
		f.Status = newStatus(f, allowed, c.before, metav1.NewTime(monday))
		s := newStatus(f, c.judgment, c.now, metav1.NewTime(monday))
		if got := meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionIncomplete); got != c.want {
			t.Errorf("%s: incomplete is %t", name, got)
		}
	}
}

// A node that does not reach the API server does not know of a revocation.
func TestANodeMaySendAfterARevocation(t *testing.T) {
	denied := policy.Judgment{Reason: v1alpha1.ReasonDenied, Message: "x"}
	reports := []report{{"a", entry(v1alpha1.CollectorSending, nil)}}
	for name, c := range map[string]struct {
		now  rollup
		want bool
	}{
		"no node reports it":         {summed(flowExport(), nil, nil), false},
		"a node reports it":          {summed(flowExport(), reports, map[string]bool{"a": true}), true},
		"a dead agent reported it":   {summed(flowExport(), reports, nil), true},
		"the reports can't be read":  {rollup{knowledge: unknown}, true},
		"a leader has not read them": {rollup{knowledge: pending}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := flowExport()
			message := func() string {
				f.Status = newStatus(f, denied, c.now, metav1.NewTime(monday))
				return meta.FindStatusCondition(f.Status.Conditions, v1alpha1.ConditionExporting).Message
			}
			first := message()
			if strings.Contains(first, "may still send") != c.want {
				t.Error(first)
			}
			c.now = rollup{knowledge: pending} // another leader changes no status
			if again := message(); again != first {
				t.Errorf("%q became %q", first, again)
			}
		})
	}
}

// A clock that is ahead must not make a record the last one until its time comes.
func TestTheLastRecordIsNotInTheFuture(t *testing.T) {
	allowed := policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"}
	at := func(d time.Duration) v1alpha1.NodeFlowExportEntry {
		return entry(v1alpha1.CollectorSending, func(e *v1alpha1.NodeFlowExportEntry) { e.LastRecord = new(metav1.NewTime(monday.Add(d))) })
	}
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		stored, ahead, other, want time.Duration // since Monday
	}{
		"a node is ahead":             {-time.Hour, day, -time.Minute, -time.Minute},
		"the other one sent nothing":  {-time.Hour, day, -day, -time.Hour},
		"a node was ahead":            {day, -2 * time.Minute, -time.Minute, -time.Minute},
		"a node is ahead by a moment": {-time.Hour, time.Second, -time.Minute, 0},
		"an agent started again":      {-time.Minute, -time.Hour, -time.Hour, -time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			f := flowExport()
			f.Status = &v1alpha1.FlowExportStatus{LastRecord: new(metav1.NewTime(monday.Add(c.stored)))}
			reports := []report{{"a", at(c.ahead)}, {"b", at(c.other)}}
			s := newStatus(f, allowed, summed(f, reports, map[string]bool{"a": true, "b": true}), metav1.NewTime(monday))
			if want := monday.Add(c.want); !s.LastRecord.Time.Equal(want) {
				t.Errorf("the last record was %s, want %s", s.LastRecord, want)
			}
		})
	}
}

// The same reports make the same status, in any order, so that nothing is written while nothing changes.
func TestNothingChangesWithoutAChange(t *testing.T) {
	f := flowExport()
	allowed := policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"}
	reports := []report{
		{"a", entry(v1alpha1.CollectorRefused, func(e *v1alpha1.NodeFlowExportEntry) { e.Collectors[0].Reason = "one" })},
		{"b", entry(v1alpha1.CollectorRefused, func(e *v1alpha1.NodeFlowExportEntry) { e.Collectors[0].Reason = "two" })},
	}
	alive := map[string]bool{"a": true, "b": true}
	f.Status = newStatus(f, allowed, summed(f, reports, alive), metav1.NewTime(monday))
	reports[0], reports[1] = reports[1], reports[0]
	again := newStatus(f, allowed, summed(f, reports, alive), metav1.NewTime(monday.Add(time.Hour)))
	if fmt.Sprintf("%+v", *f.Status) != fmt.Sprintf("%+v", *again) {
		t.Errorf("%+v\n%+v", f.Status, again)
	}
	reports[0].entry.Records++
	if more := newStatus(f, allowed, summed(f, reports, alive), metav1.NewTime(monday)); !countersOnly(f.Status, more) {
		t.Error("more records are more than a change of counters")
	}
	reports[0].entry.Collectors[0].State = v1alpha1.CollectorIdle
	if other := newStatus(f, allowed, summed(f, reports, alive), metav1.NewTime(monday)); countersOnly(f.Status, other) {
		t.Error("another state is a change of counters only")
	}
}

func TestLeasesSayWhichAgentsAreAlive(t *testing.T) {
	lease := func(name string, renewed time.Time) *unstructured.Unstructured {
		u := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": map[string]any{"name": name, "annotations": map[string]any{"a": "b"}},
			"spec": map[string]any{"leaseDurationSeconds": int64(100), "renewTime": renewed.Format(metav1.RFC3339Micro)},
		}}
		reduceLease(u)
		return u
	}
	alive := aliveAt([]*unstructured.Unstructured{
		lease("now", monday), lease("late", monday.Add(-99*time.Second)), lease("dead", monday.Add(-101*time.Second)), lease("ahead", monday.Add(time.Hour)),
	}, monday)
	if got := fmt.Sprint(alive["now"], alive["late"], alive["dead"], alive["ahead"], alive["unheard"]); got != "true true false false false" {
		t.Error(got)
	}
}
