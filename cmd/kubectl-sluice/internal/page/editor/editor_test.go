package editor

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/internal/kube"
	"sluice/validation"
	"sluice/validation/policy"
)

// network is a Network with a list of IPFIX.
func network(collectors ...any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": map[string]any{"name": "cluster"},
		"spec": map[string]any{"exportNetworkFlows": map[string]any{"ipfix": map[string]any{"collectors": collectors}}},
	}}
}

func TestTheVerdictIsThatOfTheServer(t *testing.T) {
	cause := func(kind, field, message string) metav1.StatusCause {
		return metav1.StatusCause{Type: metav1.CauseType(kind), Field: field, Message: message}
	}
	for name, c := range map[string]struct {
		lists   Lists
		answer  kube.Answer
		err     error
		outcome string
		want    []Finding
	}{
		"accepted": {lists: Lists{IPFIX: []string{"192.0.2.1:4739"}}, answer: kube.Answer{Object: network("192.0.2.1:4739")}, outcome: "Accepted"},
		"normalized": {
			lists: Lists{IPFIX: []string{" 192.0.2.1:4739"}}, answer: kube.Answer{Object: network("192.0.2.1:4739"), Warnings: []string{"of another webhook"}}, outcome: "Normalized",
			want: []Finding{
				{Severity: "warning", Format: "IPFIX", Value: " 192.0.2.1:4739", Suggestion: "192.0.2.1:4739", Rule: "white-space"}, {Severity: "warning", Line: -1},
			},
		},
		"rejected": {
			lists: Lists{IPFIX: []string{"192.0.2.1:4739", "192.0.2.02:4739"}}, outcome: "Rejected",
			answer: kube.Answer{Refusal: &metav1.Status{Reason: metav1.StatusReasonInvalid, Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{
				cause("leading-zero", "spec.exportNetworkFlows.ipfix.collectors[1]", "m"), cause("FieldValueInvalid", "spec.other", "m"),
			}}}},
			want: []Finding{
				{Severity: "error", Format: "IPFIX", Line: 1, Value: "192.0.2.02:4739", Suggestion: "192.0.2.2:4739", Rule: "leading-zero"},
				{Severity: "error", Line: -1, Rule: "FieldValueInvalid"},
			},
		},
		"denied": {
			lists: Lists{IPFIX: []string{"192.0.2.1:4739"}}, outcome: "Denied",
			answer: kube.Answer{Refusal: &metav1.Status{Reason: metav1.StatusReasonForbidden, Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{
				cause("policy/team-a/allow", "spec.exportNetworkFlows.ipfix.collectors[0]", "m [policy team-a/allow]"), cause(validation.CauseHint, "", "allowed: x"),
			}}}},
			want: []Finding{{Severity: "denial", Format: "IPFIX", Rule: "policy team-a/allow"}},
		},
		"no verdict": {lists: Lists{IPFIX: []string{"192.0.2.1:4739"}}, err: errors.New("the webhook is down"), outcome: NoVerdict},
	} {
		t.Run(name, func(t *testing.T) {
			var sent kube.Write
			e := Editor{Program: "oc", DryRun: func(_ context.Context, w kube.Write) (kube.Answer, error) { sent = w; return c.answer, c.err }}
			v, err := e.Evaluate(t.Context(), Cluster{Network: network(), Ask: true}, c.lists)
			if err != nil {
				t.Fatal(err)
			}
			for i := range v.Findings {
				v.Findings[i].Message = ""
			}
			if c.want == nil {
				c.want = []Finding{}
			}
			if diff := cmp.Diff(c.want, v.Findings); diff != "" || v.Outcome != c.outcome || v.By != Server {
				t.Errorf("%s (-want +got):\n%s", v.Outcome, diff)
			}
			if sent.Verb != kube.MergePatch || sent.Name != "cluster" {
				t.Errorf("sent: %+v", sent)
			}
		})
	}
}

func TestWithoutTheRightTheSameRulesDecide(t *testing.T) {
	p, err := policy.Read("p", []byte("apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: a}\nspec: {allow: [{destinations: [192.0.2.0/24]}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	e := Editor{Program: "kubectl", DryRun: func(context.Context, kube.Write) (kube.Answer, error) {
		t.Error("the API server is asked")
		return kube.Answer{}, nil
	}}
	for text, want := range map[string]string{"192.0.2.1:4739": "Accepted", "192.0.2.1": "Rejected", "198.51.100.1:4739": "Denied", "192.0.2.1:04739": "Normalized"} {
		v, err := e.Evaluate(t.Context(), Cluster{Network: network(), Why: "why", User: validation.User{Name: "u"}, Policies: policy.Compile(p)}, Lists{IPFIX: []string{text}})
		if err != nil || v.Outcome != want || v.By != Local || v.Why != "why" {
			t.Errorf("%s: %s %+v %v", text, want, v, err)
		}
	}
	v, err := e.Evaluate(t.Context(), Cluster{Network: network(), NoPolicies: "forbidden"}, Lists{IPFIX: []string{"198.51.100.1:4739"}})
	if err != nil || v.Outcome != "Accepted" || !strings.Contains(v.Why, "policies are not evaluated: forbidden") {
		t.Errorf("%+v %v", v, err)
	}
}

func TestWhatIsStoredIsNoChange(t *testing.T) {
	e := Editor{}
	for text, want := range map[string]bool{"192.0.2.1:4739": false, "192.0.2.2:4739": true} {
		v, err := e.Evaluate(t.Context(), Cluster{Network: network("192.0.2.1:4739")}, Lists{IPFIX: []string{text}})
		if err != nil || v.Changed != want {
			t.Errorf("%s: %v %v", text, v.Changed, err)
		}
	}
}

func TestListsAreBounded(t *testing.T) {
	for _, l := range []Lists{{NetFlow: make([]string, maxLines+1)}, {SFlow: []string{strings.Repeat("a", maxLine+1)}}} {
		if _, err := (Editor{}).Evaluate(t.Context(), Cluster{Network: network()}, l); err == nil {
			t.Error("no error")
		}
	}
	if _, err := (Editor{}).Evaluate(t.Context(), Cluster{}, Lists{}); !errors.Is(err, ErrNoNetwork) {
		t.Error(err)
	}
}

// The command is safe to paste, whatever was typed: a shell passes on exactly the patch.
func TestTheCommandSurvivesAShell(t *testing.T) {
	for name, c := range map[string]struct {
		lists Lists
		where []string
		want  []string
	}{
		"off":     {Lists{}, nil, []string{`{"spec":{"exportNetworkFlows":null}}`}},
		"one":     {Lists{IPFIX: []string{"a:1"}}, []string{"--context=east"}, []string{"--context=east", `{"spec":{"exportNetworkFlows":{"ipfix":{"collectors":["a:1"]},"netFlow":null,"sFlow":null}}}`}},
		"hostile": {Lists{NetFlow: []string{"'; rm -rf $HOME `id` \\\n"}}, []string{"--context=a b'c"}, []string{"--context=a b'c", `{"spec":{"exportNetworkFlows":{"ipfix":null,"netFlow":{"collectors":["'; rm -rf $HOME ` + "`id`" + ` \\\n"]},"sFlow":null}}}`}},
	} {
		command, err := c.lists.Command("echo_", c.where)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "sh", "-c", `echo_() { for w; do printf '%s\n' "$w"; done; }; `+command).CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		want := append(c.want[:len(c.want)-1:len(c.want)-1], "patch", "network.operator", "cluster", "--type=merge", "-p", c.want[len(c.want)-1])
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", name, command, diff)
		}
	}
}
