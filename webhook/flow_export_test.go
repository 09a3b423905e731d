package webhook

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"sluice/validation"
)

// exportReview is a review of a FlowExport; an empty object is null.
func exportReview(operation, object, old string) string {
	of := func(spec string) string {
		if spec == "" {
			return "null"
		}
		return `{"metadata":{"name":"siem","namespace":"team-a"},` + spec + `}`
	}
	return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"` + operation + `",
		"kind":{"group":"sluice.dev","version":"v1alpha1","kind":"FlowExport"},
		"resource":{"group":"sluice.dev","version":"v1alpha1","resource":"flowexports"},"namespace":"team-a",
		"userInfo":{"username":"alice"},"object":` + of(object) + `,"oldObject":` + of(old) + `}}`
}

func knownNamespace(_ context.Context, namespace, name string) (validation.Namespace, error) {
	if name != "siem" {
		return validation.Namespace{}, errors.New("the test expects another name")
	}
	return validation.Namespace{Name: namespace, Labels: map[string]string{"a": "b"}, Others: 3}, nil
}

func TestFlowExportsAreReviewed(t *testing.T) {
	policies := &recordedPolicies{}
	h := newTestHandler(Mutate, policies)
	h.Namespace = knownNamespace
	if response := answer(t, h, exportReview(opCreate, `"spec":{"ipfix":{"collectors":["192.0.2.1:4739"]}}`, "")); !response.Allowed {
		t.Fatalf("%+v", response.Result)
	}
	c := policies.change
	if c.Resource != validation.FlowExport || !c.Create || c.Namespace.Name != "team-a" || c.Namespace.Labels["a"] != "b" || c.Namespace.Others != 3 || len(c.Added) != 1 || c.Added[0].Field != "spec.ipfix.collectors[0]" {
		t.Errorf("%+v", c)
	}
	response := answer(t, h, exportReview(opUpdate, `"spec":{"ipfix":{"collectors":[" 192.0.2.2:4739"]}}`, `"spec":{"ipfix":{"collectors":["192.0.2.1:4739"]}}`))
	if !response.Allowed || !strings.Contains(string(response.Patch), `"/spec/ipfix/collectors"`) || len(policies.change.Removed) != 1 {
		t.Errorf("%s %+v", response.Patch, policies.change)
	}
	// A review comes before the schema: anything may be missing or of another type.
	for _, spec := range []string{`"spec":{}`, `"spec":null`, `"spec":[]`, `"status":{}`, `"spec":{"ipfix":7}`, `"spec":{"ipfix":{"collectors":{}}}`} {
		if response := answer(t, h, exportReview(opCreate, spec, "")); response.Allowed || response.Result.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %+v", spec, response)
		}
	}
}

// What is not known of a namespace is the webhook's own fault: an HTTP error, and no verdict.
func TestAnUnknownNamespaceIsNoVerdict(t *testing.T) {
	body := exportReview(opCreate, `"spec":{"ipfix":{"collectors":["192.0.2.1:4739"]}}`, "")
	for name, of := range map[string]func(context.Context, string, string) (validation.Namespace, error){
		"not watched": nil,
		"unknown": func(context.Context, string, string) (validation.Namespace, error) {
			return validation.Namespace{}, errors.New("unknown")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newTestHandler(Validate, &recordedPolicies{})
			h.Namespace = of
			if w := send(t, h, body); w.Code != http.StatusInternalServerError {
				t.Errorf("HTTP %d: %s", w.Code, w.Body)
			}
		})
	}
	if w := send(t, newTestHandler(Validate, &recordedPolicies{}), strings.Replace(body, `"namespace":"team-a",
`, "\n", 1)); w.Code != http.StatusBadRequest {
		t.Errorf("without a namespace: HTTP %d: %s", w.Code, w.Body)
	}
}
