package source

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	clienttesting "k8s.io/client-go/testing"

	"sluice/internal/kube"
)

const private = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportProfile, metadata: {name: private, uid: p1, creationTimestamp: "2026-01-02T13:00:00Z"}, spec: {export: false}}`

// definitions answers requests for the definition.
type definitions struct {
	mu     sync.Mutex
	object *unstructured.Unstructured
	err    error
	asked  int
}

func (d *definitions) get(clienttesting.Action) (bool, runtime.Object, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	return true, d.object, d.err
}

func (d *definitions) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

// definitionOf is the definition with a UID; going says that it is being deleted.
func definitionOf(t *testing.T, uid, created string, going bool) *unstructured.Unstructured {
	t.Helper()
	u := object(t, definition)
	if err := unstructured.SetNestedField(u.Object, uid, "metadata", "uid"); err != nil {
		t.Fatal(err)
	}
	if err := unstructured.SetNestedField(u.Object, created, "metadata", "creationTimestamp"); err != nil {
		t.Fatal(err)
	}
	if going {
		now := metav1.Now()
		u.SetDeletionTimestamp(&now)
	}
	return u
}

const early, late = "2026-01-02T12:00:00Z", "2026-01-03T12:00:00Z"

// Kind of fault: what is unknown counted as nothing. With the definition of the profiles, "export: false" disappeared.
func TestProfilesThatDisappearWithTheirDefinitionAreUnknown(t *testing.T) {
	gone := apierrors.NewNotFound(kube.CustomResourceDefinitions().GroupResource(), "flowexportprofiles.sluice.dev")
	for name, test := range map[string]struct {
		object *unstructured.Unstructured
		err    error
		doubt  string // part of it; empty for none
	}{
		"a user deleted one":              {definitionOf(t, "d1", early, false), nil, ""},
		"the definition is deleted":       {definitionOf(t, "d1", early, true), nil, "is being deleted"},
		"the definition is gone":          {nil, gone, "was deleted"},
		"it was replaced":                 {definitionOf(t, "d2", late, false), nil, "was replaced"},
		"the definition can't be read":    {nil, errors.New("no answer"), "no answer"},
		"the definition must not be read": {nil, apierrors.NewForbidden(kube.CustomResourceDefinitions().GroupResource(), "", nil), "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			c, client, _ := start(t, network, node, profile, private)
			in, ok := c.Inputs()
			if !ok || len(in.Profiles) != 2 || in.ProfilesUnknown != "" {
				t.Fatalf("at first: %+v", in)
			}
			d := &definitions{object: test.object, err: test.err}
			client.PrependReactor("get", "customresourcedefinitions", d.get)
			remove(t, client, "private")
			eventually(t, "it is seen and looked up", func() bool {
				in, ok = c.Inputs()
				if !ok {
					t.Fatal("no inputs")
				}
				if in.ProfilesUnknown == "" && len(in.Profiles) < 2 && test.doubt != "" {
					t.Fatal("a profile does not count any more before it is known whether a user deleted it")
				}
				return d.count() > 0 && (in.ProfilesUnknown != "" || len(in.Profiles) == 1)
			})
			if (test.doubt == "") != (in.ProfilesUnknown == "") || !strings.Contains(in.ProfilesUnknown, test.doubt) {
				t.Errorf("unknown: %q", in.ProfilesUnknown)
			}
		})
	}
}

// After the definition was created again, the profiles are those that were created since.
func TestProfilesAreKnownAgainOnceTheyAreCreatedAgain(t *testing.T) {
	c, client, _ := start(t, network, node, private)
	if _, ok := c.Inputs(); !ok {
		t.Fatal("no inputs")
	}
	d := &definitions{object: definitionOf(t, "d2", late, false)}
	client.PrependReactor("get", "customresourcedefinitions", d.get)
	remove(t, client, "private")
	eventually(t, "they are unknown", func() bool {
		in, ok := c.Inputs()
		return ok && in.ProfilesUnknown != ""
	})
	again := object(t, strings.NewReplacer("p1", "p2", "01-02T13", "01-03T13").Replace(private))
	if _, err := client.Resource(kube.Profiles()).Create(t.Context(), again, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "they are known", func() bool {
		in, ok := c.Inputs()
		return ok && in.ProfilesUnknown == "" && len(in.Profiles) == 1
	})
	remove(t, client, "private")
	eventually(t, "a deletion by a user counts", func() bool {
		in, ok := c.Inputs()
		return ok && in.ProfilesUnknown == "" && len(in.Profiles) == 0
	})
}

// An agent may start while the definition is being deleted, when its profiles are gone already.
func TestAnAgentThatStartsWhileTheDefinitionIsDeletedKnowsNoProfiles(t *testing.T) {
	r := retained{ask: make(chan struct{}, 1), back: make(chan struct{}, 1)}
	if _, _, ok := r.take(nil); ok || len(r.ask) != 1 {
		t.Error("no profiles are known without a look at the definition")
	}
	if news, known := r.answer(nil, definitionOf(t, "d1", early, true), nil); !news || known {
		t.Errorf("news %t, known %t", news, known)
	}
	if _, doubt, ok := r.take(nil); !ok || doubt == "" {
		t.Errorf("doubt %q, %t", doubt, ok)
	}
	if news, known := r.answer(nil, definitionOf(t, "d2", late, false), nil); !news || !known {
		t.Errorf("news %t, known %t", news, known)
	}
	if profiles, doubt, ok := r.take(nil); !ok || doubt != "" || len(profiles) != 0 {
		t.Errorf("%v, doubt %q, %t", profiles, doubt, ok)
	}
}

func remove(t *testing.T, client dynamic.Interface, name string) {
	t.Helper()
	if err := client.Resource(kube.Profiles()).Delete(context.WithoutCancel(t.Context()), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}
