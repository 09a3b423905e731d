package status_test

import (
	"bytes"
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

// node is a node where all is well; change makes it otherwise.
func node(name string, change ...func(*v1alpha1.NodeFlowExportStatus)) v1alpha1.NodeFlowExport {
	begun := metav1.NewTime(noon.Add(-5 * time.Minute))
	condition := func(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: "ok", LastTransitionTime: begun}
	}
	n := v1alpha1.NodeFlowExport{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: v1alpha1.NodeFlowExportStatus{
		ObservedGeneration: 7, Mode: v1alpha1.ModeEnforce, OVSVersion: "3.1.0",
		Formats: []v1alpha1.FormatStatus{
			{Format: "NetFlow", Summary: "1 idle", Collectors: []v1alpha1.CollectorStatus{{Target: "192.0.2.1:2055", State: "Idle", Since: begun}}},
			{Format: v1alpha1.FormatSFlow, Summary: "off"},
			{Format: "IPFIX", Summary: "off"},
		},
		Conditions: []metav1.Condition{
			condition("Applied", "True", "InSync"), condition("Exporting", "True", "SocketsOpen"), condition("Drifted", "False", "None"),
			condition("Conflict", "False", "None"), condition("OVSReachable", "True", "Connected"), condition("PerformanceRisk", "False", "None"),
		},
	}}
	for _, c := range change {
		c(&n.Status)
	}
	return n
}

// alive gives each report an agent that answered half a minute ago.
func alive(c status.Cluster) status.Cluster {
	c.Now, c.Heartbeats = noon, map[string]status.Heartbeat{}
	for _, n := range c.Exports {
		c.Heartbeats[n.Name] = status.Heartbeat{Renewed: noon.Add(-30 * time.Second), Duration: 100 * time.Second}
	}
	return c
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// with changes a condition.
func with(kind string, value metav1.ConditionStatus, reason, message string) func(*v1alpha1.NodeFlowExportStatus) {
	return func(s *v1alpha1.NodeFlowExportStatus) {
		for i := range s.Conditions {
			if c := &s.Conditions[i]; c.Type == kind {
				c.Status, c.Reason, c.Message = value, reason, message
			}
		}
	}
}

// without removes a condition.
func without(kind string) func(*v1alpha1.NodeFlowExportStatus) {
	return func(s *v1alpha1.NodeFlowExportStatus) {
		s.Conditions = slices.DeleteFunc(s.Conditions, func(c metav1.Condition) bool { return c.Type == kind })
	}
}

func desired() validation.Flows {
	return validation.Flows{NetFlow: []validation.Entry{{Addr: netip.MustParseAddrPort("192.0.2.1:2055")}}}
}

func TestTheTextShowsTheClusterAtAGlance(t *testing.T) {
	c := status.Cluster{Generation: 7, Desired: desired(), Nodes: []string{"c", "a", "b"}, Exports: []v1alpha1.NodeFlowExport{
		node("b", with("Exporting", "False", "Refused", "NetFlow 192.0.2.1:2055: Connection refused")), node("a"),
	}}
	var b bytes.Buffer
	if err := (status.View{Headers: true, Now: noon}).Write(&b, alive(c)); err != nil {
		t.Fatal(err)
	}
	want := `2 problems
2 of 3 nodes are up to date, 1 exports to all collectors.

Problems:
  c: NoReport: the node has no NodeFlowExport; is the agent running there?
  b: Refused: NetFlow 192.0.2.1:2055: Connection refused (for 5m)

Network.operator cluster, generation 7
  NetFlow  192.0.2.1:2055
  sFlow    off
  IPFIX    off

NODE  MODE     APPLIED  EXPORTING  NETFLOW  SFLOW  IPFIX  CHANGED
b     Enforce  True     False      1 idle   off    off    5m
c     -        -        -          -        -      -      -
a     Enforce  True     True       1 idle   off    off    5m
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		change []func(*v1alpha1.NodeFlowExportStatus)
		want   string
	}{
		"nothing":                            {nil, ""},
		"a profile's choice":                 {[]func(*v1alpha1.NodeFlowExportStatus){with("Applied", "True", "ExportOff", "a profile"), with("Exporting", "False", "Off", "nothing is exported")}, ""},
		"it does not export":                 {[]func(*v1alpha1.NodeFlowExportStatus){with("Exporting", "False", "Off", "nothing is exported")}, "Off"},
		"no condition":                       {[]func(*v1alpha1.NodeFlowExportStatus){func(s *v1alpha1.NodeFlowExportStatus) { s.Conditions = nil }}, "NotReported"},
		"no Exporting":                       {[]func(*v1alpha1.NodeFlowExportStatus){without("Exporting")}, "NotReported"},
		"no Applied":                         {[]func(*v1alpha1.NodeFlowExportStatus){without("Applied")}, "NotReported"},
		"not applied":                        {[]func(*v1alpha1.NodeFlowExportStatus){with("Applied", "False", "BridgeMissing", "no bridge")}, "BridgeMissing"},
		"unknown":                            {[]func(*v1alpha1.NodeFlowExportStatus){with("Exporting", "Unknown", "VSwitchdBehind", "slow")}, "VSwitchdBehind"},
		"drifted":                            {[]func(*v1alpha1.NodeFlowExportStatus){with("Drifted", "True", "ForeignWrite", "changed")}, "ForeignWrite"},
		"another program's export, off":      {[]func(*v1alpha1.NodeFlowExportStatus){with("Applied", "False", "ForeignExport", "off"), with("Exporting", "True", "Unwanted", "goes on"), with("Drifted", "True", "ForeignWrite", "changed")}, "ForeignExport"},
		"another program's export, observed": {[]func(*v1alpha1.NodeFlowExportStatus){with("Applied", "False", "ObserveOnly", "observed"), with("Exporting", "False", "NotApplied", "see Applied"), with("Drifted", "True", "ForeignWrite", "changed")}, "ForeignWrite"},
		"a fight":                            {[]func(*v1alpha1.NodeFlowExportStatus){with("Conflict", "True", "GaveUp", "again")}, "GaveUp"},
		"a risk":                             {[]func(*v1alpha1.NodeFlowExportStatus){with("PerformanceRisk", "True", "PacketsLost", "3")}, "PacketsLost"},
		"cleaned up":                         {[]func(*v1alpha1.NodeFlowExportStatus){func(s *v1alpha1.NodeFlowExportStatus) { s.Mode = v1alpha1.ModeCleanup }}, "Cleanup"},
		"an older generation":                {[]func(*v1alpha1.NodeFlowExportStatus){func(s *v1alpha1.NodeFlowExportStatus) { s.ObservedGeneration = 6 }}, "Outdated"},
		"one explains the all":               {[]func(*v1alpha1.NodeFlowExportStatus){with("OVSReachable", "False", "SocketMissing", "gone"), with("Applied", "Unknown", "SocketMissing", "gone")}, "SocketMissing"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := status.Cluster{Generation: 7, Desired: desired(), Nodes: []string{"a"}, Exports: []v1alpha1.NodeFlowExport{node("a", c.change...)}}
			var reasons []string
			for _, p := range alive(cluster).Summarize().Problems {
				reasons = append(reasons, p.Reason)
			}
			if got := strings.Join(reasons, ","); got != c.want {
				t.Errorf("problems: %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheSameProblemOnManyNodesIsToldOnce(t *testing.T) {
	c := status.Cluster{Generation: 7}
	for i := range 1000 {
		c.Exports = append(c.Exports, node(fmt.Sprintf("worker-%03d", i), with("Applied", "False", "BridgeMissing", "no bridge")))
	}
	problems := alive(c).Summarize().Problems
	if len(problems) != 1 {
		t.Fatalf("%d problems", len(problems))
	}
	if got := problems[0].Where(); got != "worker-000, worker-001, worker-002, worker-003, worker-004 and 995 more" {
		t.Errorf("where: %s", got)
	}
}

func TestAgentsAreOptional(t *testing.T) {
	nodes := []string{"a", "b"}
	for name, c := range map[string]struct {
		cluster  status.Cluster
		text     string
		problems string
	}{
		"no agent":              {status.Cluster{Generation: 7, Desired: desired(), Nodes: nodes, NotReady: nodes[:1]}, "No agent has reported\nSluice applies nothing. \"kubectl sluice doctor\" shows whether lists are checked.", ""},
		"no agent, no node":     {status.Cluster{Generation: 7}, "Export is off\nNo agent has reported; Sluice applies nothing.", ""},
		"no agent, no Network":  {status.Cluster{Nodes: nodes}, "No agent has reported;", "NetworkMissing"},
		"agents do not report":  {status.Cluster{Generation: 7, Nodes: nodes[:1], Now: noon, Heartbeats: map[string]status.Heartbeat{"a": {Renewed: noon, Duration: time.Minute}}}, "0 of 1 node is up to date", "NoReport"},
		"it is unknown":         {status.Cluster{Generation: 7, LivenessUnknown: "forbidden"}, "0 of 0 nodes are up to date", "LivenessUnknown"},
		"one node is asked for": {status.Cluster{Generation: 7, Nodes: nodes}.Only(nodes[:1]), "0 of 1 node is up to date", "NoReport"},
		"no such node counts":   {status.Cluster{Generation: 7, Nodes: nodes}.Only([]string{"a", "c"}), "0 of 1 node is up to date", "NoReport,NoNode"},
		"no such node":          {status.Cluster{Generation: 7, Nodes: nodes}.Only([]string{"c"}), "there is no Node of this name", "NoNode"},
		"Nodes can't be read":   {status.Cluster{Generation: 7}.Only([]string{"c"}), "is the agent running there?", "NoReport"},
		"a Windows node":        {status.Cluster{Generation: 7, Nodes: nodes, OutOfScope: []string{"win"}}.Only([]string{"win"}), "no agent is to run on this node", "OutOfScope"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := (status.View{Headers: true, Now: noon}).Write(&b, c.cluster); err != nil {
				t.Fatal(err)
			}
			var reasons []string
			for _, p := range c.cluster.Summarize().Problems {
				reasons = append(reasons, p.Reason)
			}
			if got := strings.Join(reasons, ","); got != c.problems || !strings.Contains(b.String(), c.text) {
				t.Errorf("problems %q:\n%s", got, b.String())
			}
		})
	}
}

func TestWithoutANetworkThatIsTheProblem(t *testing.T) {
	problems := status.Cluster{}.Summarize().Problems
	if len(problems) != 1 || problems[0].Reason != "NetworkMissing" {
		t.Errorf("problems: %+v", problems)
	}
}

// A node that is gone can't withdraw its report.
func TestAReportOfANodeThatIsNotReadyDoesNotCount(t *testing.T) {
	c := status.Cluster{Generation: 7, Nodes: []string{"a", "b"}, NotReady: []string{"b"}, Exports: []v1alpha1.NodeFlowExport{node("a"), node("b")}}
	s := alive(c).Summarize()
	if s.Nodes != 2 || s.Reports != 2 || s.Applied != 1 || len(s.Problems) != 1 || s.Problems[0].Reason != "NodeNotReady" || s.Problems[0].Nodes[0] != "b" {
		t.Errorf("%+v", s)
	}
	if s := alive(c).Only([]string{"a"}).Summarize(); s.Applied != 1 || len(s.Problems) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestOnlySomeNodes(t *testing.T) {
	c := status.Cluster{Generation: 7, Nodes: []string{"a", "b", "c"}, Exports: []v1alpha1.NodeFlowExport{node("a"), node("b")}}
	s := alive(c).Only([]string{"b"}).Summarize()
	if s.Nodes != 1 || s.Reports != 1 || s.Applied != 1 || len(s.Problems) != 0 {
		t.Errorf("summary of one: %+v", s)
	}
}

// Kind of fault: something that can't be seen looks like something that is not there.
func TestWhatCanNotBeReadIsSaid(t *testing.T) {
	c := alive(status.Cluster{Generation: 7, Desired: desired(), NodesUnknown: "nodes is forbidden", FlowsConfigUnknown: "configmaps is forbidden", Exports: []v1alpha1.NodeFlowExport{node("a")}})
	var b bytes.Buffer
	if err := (status.View{Now: noon}).Write(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"NodesUnknown: it is unknown on which nodes", "ConfigMap ovs-flows-config: unknown, can't be read: configmaps is forbidden"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, b.String())
		}
	}
}

// Both doors to the IPFIX collectors are in the heading, and a row that is outdated is in parentheses.
func TestTheHeadingHasBothDoors(t *testing.T) {
	c := alive(status.Cluster{Generation: 7, Desired: desired(), ConfigCollectors: []string{"192.0.2.9:4739"}, Exports: []v1alpha1.NodeFlowExport{
		node("a", func(s *v1alpha1.NodeFlowExportStatus) { s.ObservedGeneration = 6 }),
	}})
	var b bytes.Buffer
	if err := (status.View{Now: noon}).Write(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"IPFIX    off; ConfigMap ovs-flows-config: 192.0.2.9:4739", "a  Enforce  (True)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, b.String())
		}
	}
}
