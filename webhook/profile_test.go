package webhook

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sluice/validation"
)

// recordedPolicies keeps the change that they are asked about.
type recordedPolicies struct{ change validation.Change }

func (r *recordedPolicies) Evaluate(_ validation.User, c validation.Change) validation.Decision {
	r.change = c
	return validation.Decision{}
}

// profileReview is a review of a FlowExportProfile; an empty object is null.
func profileReview(operation, object, old string) string {
	of := func(spec string) string {
		if spec == "" {
			return "null"
		}
		return `{"metadata":{"name":"edge"},"spec":` + spec + `}`
	}
	return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"` + operation + `",
		"kind":{"group":"sluice.dev","version":"v1alpha1","kind":"FlowExportProfile"},
		"resource":{"group":"sluice.dev","version":"v1alpha1","resource":"flowexportprofiles"},
		"userInfo":{"username":"alice"},"object":` + of(object) + `,"oldObject":` + of(old) + `}}`
}

func TestProfilesAreReviewed(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want string
	}{
		"created":      {profileReview(opCreate, `{"export":false,"ipfix":{"sampling":7}}`, ""), "IPFIX sampling 0 7; IPFIX cacheActiveTimeout 0 60; IPFIX cacheMaxFlows 0 0; sFlow sampling 0 400; spec.export"},
		"changed":      {profileReview(opUpdate, `{"ipfix":{"sampling":7}}`, `{"ipfix":{"sampling":8}}`), "IPFIX sampling 8 7"},
		"switched off": {profileReview(opUpdate, `{"export":false}`, `{"export":true}`), "spec.export"},
		"deleted":      {profileReview(opDelete, "", `{"ipfix":{"sampling":8}}`), "IPFIX sampling 8 400"},
	} {
		t.Run(name, func(t *testing.T) {
			policies := &recordedPolicies{}
			if response := answer(t, newTestHandler(Validate, policies), c.body); !response.Allowed {
				t.Fatalf("%+v", response.Result)
			}
			var got []string
			for _, s := range policies.change.Settings {
				got = append(got, fmt.Sprintf("%s %s %d %d", s.Format, s.Setting, s.Before, s.After))
			}
			if policies.change.Stops != nil {
				got = append(got, policies.change.Stops.Field)
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}

// The managementState of both objects decides whether a change stops the export.
func TestUnmanagedIsSeenAsAChange(t *testing.T) {
	const flows = `"exportNetworkFlows":{"ipfix":{"collectors":["192.0.2.1:4739"]}}`
	body := func(old, now string) string {
		object := func(state string) string {
			return `{"metadata":{"name":"cluster"},"spec":{"managementState":"` + state + `",` + flows + `}}`
		}
		review := review(opUpdate, "{}", "{}")
		head, _, _ := strings.Cut(review, `"object":`)
		return head + `"object":` + object(now) + `,"oldObject":` + object(old) + `}}`
	}
	for states, want := range map[[2]string]bool{{"Managed", "Unmanaged"}: true, {"Unmanaged", "Unmanaged"}: false, {"Unmanaged", "Managed"}: false} {
		policies := &recordedPolicies{}
		answer(t, newTestHandler(Validate, policies), body(states[0], states[1]))
		if got := policies.change.Stops != nil; got != want {
			t.Errorf("%v: stops %t", states, got)
		}
	}
}

// What is read as another kind must not be judged as an empty profile.
func TestAProfileOfAnotherKindIsNoProfile(t *testing.T) {
	good := profileReview(opUpdate, `{"export":false}`, `{"export":true}`)
	for name, body := range map[string]string{
		"the kind comes last": strings.Replace(strings.Replace(good, `"kind":{"group":"sluice.dev","version":"v1alpha1","kind":"FlowExportProfile"},`, "", 1),
			`}}}}`, `}},"kind":{"group":"sluice.dev","version":"v1alpha1","kind":"FlowExportProfile"}}}`, 1),
		"another resource": strings.Replace(good, `"resource":"flowexportprofiles"`, `"resource":"flowexportpolicies"`, 1),
		"another version":  strings.Replace(good, `"resource":{"group":"sluice.dev","version":"v1alpha1"`, `"resource":{"group":"sluice.dev","version":"v2"`, 1),
		"another kind":     strings.Replace(good, `"kind":"FlowExportProfile"`, `"kind":"Network"`, 1),
		"no spec":          strings.Replace(good, `"spec":{"export":false}`, `"status":{}`, 1),
	} {
		if body == good {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if w := send(t, newTestHandler(Validate, nil), body); w.Code != http.StatusBadRequest {
			t.Errorf("%s: HTTP %d: %s", name, w.Code, w.Body)
		}
	}
}
