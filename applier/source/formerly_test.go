package source

import (
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/internal/kube"
)

// reportOf is a report of a node where the profile "private" applied. since is when that became unknown; empty if it
// is known.
func reportOf(since string) string {
	if since == "" {
		return `{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: worker-1}, status: {profile: private, observed: {profileUID: p1},
conditions: [{type: Synced, status: "True", lastTransitionTime: "2026-01-02T13:00:00Z"}]}}`
	}
	return `{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: worker-1}, status: {profile: private,
conditions: [{type: Synced, status: "False", lastTransitionTime: "` + since + `"}]}}`
}

// Kind of fault: what is unknown counted as nothing after a restart. The definition was replaced, its profiles are not
// back, and the agent starts.
func TestTheLossOfAProfileOutlivesTheAgent(t *testing.T) {
	gone := apierrors.NewNotFound(kube.CustomResourceDefinitions().GroupResource(), "flowexportprofiles.sluice.dev")
	d1, going, d2 := definitionOf(t, "d1", early, false), definitionOf(t, "d1", early, true), definitionOf(t, "d2", late, false)
	type look struct {
		definition *unstructured.Unstructured
		err        error
	}
	for name, test := range map[string]struct {
		report string
		first  look // before the profiles were read
		second look
		lost   bool
	}{
		"a user deleted it while the agent was away":               {reportOf(""), look{d1, nil}, look{d1, nil}, false},
		"and a definition was created since":                       {reportOf(""), look{d2, nil}, look{d2, nil}, false},
		"the agent starts while it is gone":                        {reportOf(""), look{nil, gone}, look{d2, nil}, true},
		"the agent starts while it is being deleted":               {reportOf(""), look{going, nil}, look{d2, nil}, true},
		"it is replaced while the agent starts":                    {reportOf(""), look{d1, nil}, look{d2, nil}, true},
		"it was replaced while the last agent was in doubt":        {reportOf("2026-01-03T11:00:00Z"), look{d2, nil}, look{d2, nil}, true},
		"the node's clock is late":                                 {reportOf("2026-01-03T12:02:00Z"), look{d2, nil}, look{d2, nil}, true},
		"a user deleted it while the last agent had another doubt": {reportOf("2026-01-04T11:00:00Z"), look{d2, nil}, look{d2, nil}, false},
		"no profile applied":                                       {strings.ReplaceAll(reportOf("2026-01-03T11:00:00Z"), "profile: private,", ""), look{nil, gone}, look{d2, nil}, false},
		"there is no report":                                       {"", look{nil, gone}, look{d2, nil}, false},
		"it can't be read":                                         {reportOf(""), look{nil, errors.New("no")}, look{d1, nil}, false},
		"it can't be read, and the last agent was in doubt":        {reportOf("2026-01-03T11:00:00Z"), look{nil, errors.New("no")}, look{d2, nil}, true},
	} {
		t.Run(name, func(t *testing.T) {
			objects := []string{network, node}
			if test.report != "" {
				objects = append(objects, test.report)
			}
			c, _, _ := start(t, objects...)
			r := retained{ask: make(chan struct{}, 1), back: make(chan struct{}, 1)}
			if !r.begin(c.formerly(), test.first.definition, test.first.err) {
				r.begin(c.formerly(), test.second.definition, test.second.err)
			}
			r.take(nil)
			_, known := r.answer(nil, test.second.definition, test.second.err)
			if _, doubt, ok := r.take(nil); !ok || known == test.lost || test.lost != strings.Contains(doubt, "with the former one: private;") {
				t.Fatalf("known %t, doubt %q, %t", known, doubt, ok)
			}
			again := []*unstructured.Unstructured{profileOf(t, "private", later)}
			if _, known := r.answer(again, test.second.definition, test.second.err); !known {
				t.Error("it is back, and still unknown")
			}
		})
	}
}

func TestTheInputsHaveTheFormerProfile(t *testing.T) {
	c, client, _ := start(t, network, node, reportOf("2026-01-03T11:00:00Z"), strings.ReplaceAll(private, "01-02T13", "01-03T13"))
	in, ok := c.Inputs()
	if !ok || in.ProfilesUnknown != "" || in.LastProfile != "private" {
		t.Fatalf("the profile is there: %+v, %t", in, ok)
	}
	if err := client.Resource(kube.NodeFlowExports()).Delete(t.Context(), "worker-1", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the report is gone", func() bool {
		in, ok := c.Inputs()
		return ok && in.LastProfile == ""
	})
}
