package check_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/cmd/sluice/internal/check"
	"sluice/cmd/sluice/internal/report"
	"sluice/internal/kube"
	"sluice/validation"
)

// ask checks a text against an API server that gives one answer, and returns what was sent.
func ask(t *testing.T, text string, server check.Server, answer kube.Answer, failure error) (check.Outcome, []kube.Write) {
	t.Helper()
	var sent []kube.Write
	server.DryRun = func(_ context.Context, w kube.Write) (kube.Answer, error) {
		sent = append(sent, w)
		return answer, failure
	}
	c := check.Check{Paths: []string{check.Stdin}, Reader: check.Reader{Files: check.Disk{}, Stdin: strings.NewReader(text)}, Server: &server}
	outcome, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return outcome, sent
}

const goodFlows = `{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.1:2055"]}}}`

func TestWhatIsSentToTheAPIServer(t *testing.T) {
	network := `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster","uid":"u","resourceVersion":"7","managedFields":[]},"spec":` + goodFlows + `,"status":{}}`
	pruned := map[string]any{
		"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": map[string]any{"name": "cluster"},
		"spec": map[string]any{"exportNetworkFlows": map[string]any{"netFlow": map[string]any{"collectors": []any{"192.0.2.1:2055"}}}},
	}
	for name, c := range map[string]struct {
		text    string
		replace bool
		want    []kube.Write
	}{
		"a patch": {`{"spec":` + goodFlows + `}`, false, []kube.Write{{
			Verb: kube.MergePatch, Resource: kube.Networks(), Name: "cluster", FieldManager: "me", Content: map[string]any{"spec": pruned["spec"]},
		}}},
		"an object":                  {network, false, []kube.Write{{Resource: kube.Networks(), Name: "cluster", FieldManager: "me", Content: pruned}}},
		"an object as a whole":       {network, true, []kube.Write{{Verb: kube.Replace, Resource: kube.Networks(), Name: "cluster", FieldManager: "me", Content: pruned}}},
		"a misspelled key":           {`{"spec":{"exportNetworkflows":{}}}`, false, nil},
		"another kind":               {`{"apiVersion":"v1","kind":"Pod"}`, false, nil},
		"a Network of another group": {`{"apiVersion":"config.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"},"spec":` + goodFlows + `}`, false, nil},
		"a ConfigMap without a namespace": {`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ovs-flows-config"}}`, false, []kube.Write{{
			Resource: kube.ConfigMaps(), Namespace: validation.FlowsConfigNamespace, Name: "ovs-flows-config", FieldManager: "me",
			Content: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "ovs-flows-config"}},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, sent := ask(t, c.text, check.Server{Replace: c.replace, FieldManager: "me"}, kube.Answer{}, nil)
			if diff := cmp.Diff(c.want, sent); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTheAnswerOfTheAPIServerDecides(t *testing.T) {
	refused := func(code int32, causes ...metav1.StatusCause) kube.Answer {
		return kube.Answer{Refusal: &metav1.Status{Code: code, Message: "no", Details: &metav1.StatusDetails{Causes: causes}}}
	}
	denial := metav1.StatusCause{Type: "policy/team-a,team-b/deny[0]", Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Message: "never [policy team-a,team-b/deny[0]]"}
	patch := `{"spec":` + goodFlows + `}`
	bad := strings.Replace(patch, ":2055", "", 1)
	missing := metav1.StatusCause{Type: "missing-port", Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Message: "has no port [sluice/missing-port]"}
	for name, c := range map[string]struct {
		text    string
		answer  kube.Answer
		err     error
		outcome validation.Outcome
		class   check.Class
		errors  int
		message string
	}{
		"accepted":                             {patch, kube.Answer{}, nil, validation.Accepted, check.Passed, 0, ""},
		"denied":                               {patch, refused(403, denial), nil, validation.Denied, check.Failed, 0, ""},
		"no right":                             {patch, refused(403), nil, validation.Denied, check.Failed, 0, "no"},
		"the schema":                           {patch, refused(422, metav1.StatusCause{Type: metav1.CauseTypeFieldValueInvalid, Message: "no"}), nil, validation.Rejected, check.Failed, 0, "no"},
		"a finding":                            {patch, refused(422, missing), nil, validation.Rejected, check.Failed, 1, ""},
		"a finding that is known":              {bad, refused(422, missing), nil, validation.Rejected, check.Failed, 1, ""},
		"malformed, and accepted all the same": {bad, kube.Answer{}, nil, validation.Rejected, check.Failed, 1, ""},
		"no answer":                            {patch, kube.Answer{}, errors.New("connection refused"), report.NoVerdict, check.Incomplete, 0, ""},
		"no answer to what is malformed":       {bad, kube.Answer{}, errors.New("connection refused"), validation.Rejected, check.Incomplete, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := ask(t, c.text, check.Server{}, c.answer, c.err)
			r := o.Results[0]
			if r.Outcome() != c.outcome || o.Class(false) != c.class || len(r.Verdict.Errors) != c.errors || r.Server != nil && r.Server.Message != c.message {
				t.Errorf("outcome %s, class %d: %+v, %+v", r.Outcome(), o.Class(false), r.Verdict, r.Server)
			}
			if name == "denied" {
				want := []validation.Denial{{
					Policies: []string{"team-a", "team-b"}, Rule: "deny[0]", Field: denial.Field, Message: "never", Position: validation.Position{Line: 1, Column: 57},
				}}
				if diff := cmp.Diff(want, r.Verdict.Denials); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
		})
	}
}
