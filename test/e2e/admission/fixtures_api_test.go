package admission

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"sluice/test/fixtures"
	"sluice/test/harness/cluster"
	"sluice/validation"
)

// warningList collects the warnings of an answer.
type warningList struct {
	mu   sync.Mutex
	list []string
}

func (w *warningList) HandleWarningHeaderWithContext(_ context.Context, _ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, text)
}

// api is one user's access to the resource of a fixture.
type api struct {
	client   rest.Interface
	resource dynamic.ResourceInterface
	path     string
	warnings *warningList
}

func access(t *testing.T, user string, f fixtures.Fixture) api {
	t.Helper()
	config := shared.As(user)
	a := api{warnings: &warningList{}}
	config.WarningHandlerWithContext = a.warnings
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	switch f.Resource {
	case "profile":
		a.resource = client.Resource(schema.GroupVersionResource{Group: "sluice.dev", Version: "v1alpha1", Resource: "flowexportprofiles"})
		a.path = "/apis/sluice.dev/v1alpha1/flowexportprofiles"
	case "flowexport":
		a.resource = client.Resource(schema.GroupVersionResource{Group: "sluice.dev", Version: "v1alpha1", Resource: "flowexports"}).Namespace("default")
		a.path = "/apis/sluice.dev/v1alpha1/namespaces/default/flowexports"
	case "configmap":
		a.resource = client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("openshift-network-operator")
		a.path = "/api/v1/namespaces/openshift-network-operator/configmaps"
	default:
		a.resource = client.Resource(schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"})
		a.path = "/apis/operator.openshift.io/v1/networks"
	}
	config.NegotiatedSerializer = noSerializer
	if a.client, err = rest.UnversionedRESTClientFor(config); err != nil {
		t.Fatal(err)
	}
	return a
}

func byAPIServer(t *testing.T, f fixtures.Fixture) {
	operator, user := access(t, cluster.Operator, f), access(t, cluster.NetAdmin, f)
	name := nameOf(t, f)
	if err := operator.resource.Delete(t.Context(), name, deleteNow); err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	if !prepare(t, operator, f) {
		return
	}
	stored, err := user.act(t, f, name)
	if refused(f) != (err != nil) {
		t.Fatalf("want %s, got %v", verdict(f), err)
	}
	if err != nil {
		compareRefusal(t, f, err)
		return
	}
	if diff := cmp.Diff(lines(f, "warning"), sorted(user.warnings.list)); diff != "" && toldByAPIServer(t, f) {
		t.Errorf("warnings (-want +got)\n%s", diff)
	}
	for _, want := range lines(f, "normalized") {
		if got := storedFlows(t, f, stored); got != want {
			t.Errorf("stored %s, want %s", got, want)
		}
	}
}

// toldByAPIServer reports whether the warnings of the fixture can come from a cluster. A
// patch is judged there as part of the whole object; the webhook isn't called for lists
// that don't change; and the API server drops a null field on its own.
func toldByAPIServer(t *testing.T, f fixtures.Fixture) bool {
	t.Helper()
	in, err := f.Input()
	if err != nil {
		t.Fatal(err)
	}
	unchanged := in.Old != nil && in.Object.ExportNetworkFlows.Equal(in.Old.ExportNetworkFlows) &&
		in.Object.Data.Equal(in.Old.Data)
	return !in.Object.MergePatch && !unchanged && in.Object.ExportNetworkFlows.Kind != validation.Null
}

// prepare stores what the fixture changes. It returns false where that can't stand in a
// cluster, because the CRD itself refuses it: such an object only exists in files.
func prepare(t *testing.T, operator api, f fixtures.Fixture) bool {
	t.Helper()
	old := f.Old
	if old == nil {
		if !isPatch(t, f) {
			return true
		}
		old = []byte(cluster.NetworkManifest())
	}
	err := operator.post(t.Context(), old)
	var status *apierrors.StatusError
	if errors.As(err, &status) && !strings.Contains(err.Error(), "sluice") && (apierrors.IsInvalid(err) || apierrors.IsBadRequest(err)) {
		t.Logf("the API server itself refuses the old object: %v", err)
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}

// act does what the fixture is about: create, update or patch.
func (a api) act(t *testing.T, f fixtures.Fixture, name string) (*unstructured.Unstructured, error) {
	t.Helper()
	switch {
	case isPatch(t, f):
		body, err := yaml.YAMLToJSON(f.Object)
		if err != nil {
			t.Fatal(err)
		}
		return a.resource.Patch(t.Context(), name, types.MergePatchType, body, patchStrictly)
	case f.Old != nil:
		current, err := a.resource.Get(t.Context(), name, getNow)
		if err != nil {
			t.Fatal(err)
		}
		update := &unstructured.Unstructured{Object: object(t, f)}
		update.SetResourceVersion(current.GetResourceVersion())
		return a.resource.Update(t.Context(), update, updateStrictly)
	}
	if err := a.post(t.Context(), f.Object); err != nil {
		return nil, err
	}
	return a.resource.Get(t.Context(), name, getNow)
}

// post creates an object from YAML text, so that the API server sees what the user wrote.
func (a api) post(ctx context.Context, text []byte) error {
	return a.client.Post().AbsPath(a.path).Param("fieldValidation", "Strict").
		SetHeader("Content-Type", "application/yaml").Body(text).Do(ctx).Error()
}

// compareRefusal compares an API error with the golden errors. Keys that are no fields, or
// stand twice, never reach a webhook: the API server refuses them on its own.
func compareRefusal(t *testing.T, f fixtures.Fixture, err error) {
	t.Helper()
	var status *apierrors.StatusError
	if !errors.As(err, &status) {
		t.Fatalf("no status: %v", err)
	}
	text := status.Error()
	own := strings.Contains(text, "strict decoding error") || strings.Contains(text, "already set in map") ||
		strings.Contains(text, "cannot unmarshal") || strings.Contains(text, "cannot restore slice") || strings.Contains(text, "ReadString")
	if own && slices.ContainsFunc(lines(f, "error"), func(line string) bool {
		return strings.Contains(line, "[sluice/unknown-field]") || strings.Contains(line, "[sluice/duplicate-field]") || strings.Contains(line, "[sluice/wrong-type]")
	}) {
		return
	}
	if f.Resource == "profile" && apierrors.IsInvalid(err) && !strings.Contains(text, "sluice/") {
		return // the schema of the CRD has the same ranges
	}
	compareCauses(t, f, &status.ErrStatus)
}

func isPatch(t *testing.T, f fixtures.Fixture) bool {
	t.Helper()
	in, err := f.Input()
	if err != nil {
		t.Fatal(err)
	}
	return in.Object.MergePatch
}

func nameOf(t *testing.T, f fixtures.Fixture) string {
	t.Helper()
	in, err := f.Input()
	if err != nil {
		t.Fatal(err)
	}
	if in.Object.Name == "" {
		return "cluster"
	}
	return in.Object.Name
}

// storedFlows is the canonical JSON of what is stored.
func storedFlows(t *testing.T, f fixtures.Fixture, u *unstructured.Unstructured) string {
	t.Helper()
	if f.Resource == "configmap" {
		target, found, _ := unstructured.NestedString(u.Object, "data", "sharedTarget")
		if !found {
			port, _, _ := unstructured.NestedString(u.Object, "data", "nodePort")
			target = ":" + port
		}
		return `{"ipfix":{"collectors":["` + strings.ReplaceAll(target, ",", `","`) + `"]}}`
	}
	path := []string{"spec", "exportNetworkFlows"}
	if f.Resource == "flowexport" {
		path = path[:1]
	}
	flows, found, _ := unstructured.NestedMap(u.Object, path...)
	if !found {
		return "{}"
	}
	var b strings.Builder
	b.WriteString("{")
	for _, format := range []string{"netFlow", "sFlow", "ipfix"} {
		if flows[format] == nil {
			continue
		}
		text, err := json.Marshal(flows[format])
		if err != nil {
			t.Fatal(err)
		}
		if b.Len() > 1 {
			b.WriteString(",")
		}
		b.WriteString(`"` + format + `":` + string(text))
	}
	return b.String() + "}"
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
