package informer

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

func configMap(value string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a", "namespace": "default"}, "data": map[string]any{"key": value},
	}}
	u.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "somebody"}})
	return u
}

// next waits for a change.
func next(t *testing.T, i *Informer) {
	t.Helper()
	select {
	case <-i.Changes():
	case <-time.After(10 * time.Second):
		t.Fatal("no change was notified")
	}
}

// fakeClient is a client of a cluster with these objects.
func fakeClient(t *testing.T, objects ...runtime.Object) *fake.FakeDynamicClient {
	t.Helper()
	t.Setenv("KUBE_FEATURE_WatchListClient", "false") // client-go's fakes can't send a list as a watch
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewSimpleDynamicClient(scheme, objects...)
}

// run runs an informer until the test ends.
func run(t *testing.T, i *Informer) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); i.RunWithContext(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
}

func TestInformerNotifiesOfChanges(t *testing.T) {
	client := fakeClient(t, configMap("1"))
	var selectors []string
	client.PrependReactor("list", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if list, ok := action.(clienttesting.ListAction); ok {
			selectors = append(selectors, list.GetListRestrictions().Fields.String())
		}
		return false, nil, nil
	})
	api := client.Resource(configMaps).Namespace("default")
	i, err := New(api, "a", "configmaps", logr.Discard())
	if err != nil {
		t.Fatal(err)
	}
	run(t, i)
	if !i.Wait(t.Context()) {
		t.Fatal("nothing was read")
	}
	next(t, i)
	if len(selectors) != 1 || selectors[0] != "metadata.name=a" {
		t.Errorf("field selectors are %q", selectors)
	}
	if got := i.Object(); got == nil || got.GetManagedFields() != nil {
		t.Errorf("the managed fields are kept: %v", got)
	}
	renewed := configMap("1")
	renewed.SetResourceVersion("2")
	for _, update := range []*unstructured.Unstructured{renewed, configMap("2")} {
		if _, err := api.Update(t.Context(), update, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	next(t, i)
	if value, _, _ := unstructured.NestedString(i.Object().Object, "data", "key"); value != "2" {
		t.Errorf("an update without a change was notified: %v", i.Object())
	}
	if err := api.Delete(t.Context(), "a", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	next(t, i)
	if left := i.Objects(); len(left) > 0 {
		t.Errorf("%d objects are left", len(left))
	}
}

func TestWaitEndsWhenTheContextEnds(t *testing.T) {
	client := fake.NewSimpleDynamicClient(runtime.NewScheme())
	i, err := New(client.Resource(configMaps), "", "configmaps", logr.Discard())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if i.Wait(ctx) {
		t.Error("Wait returned true without a sync")
	}
}

func TestReduceAndNotify(t *testing.T) {
	client := fakeClient(t, configMap("1"))
	changes := make(chan struct{}, 1)
	i, err := New(client.Resource(configMaps).Namespace("default"), "", "configmaps", logr.Discard(),
		Notify(changes), Reduce(func(u *unstructured.Unstructured) { delete(u.Object, "data") }))
	if err != nil {
		t.Fatal(err)
	}
	run(t, i)
	if !i.Wait(t.Context()) {
		t.Fatal("nothing was read")
	}
	select {
	case <-changes:
	case <-time.After(10 * time.Second):
		t.Fatal("no change was notified")
	}
	if _, found := i.Object().Object["data"]; found {
		t.Errorf("the object is not reduced: %v", i.Object())
	}
}

// parts is a resource that can be read in parts.
type parts struct{ dynamic.ResourceInterface }

func (p parts) ListEach(ctx context.Context, o metav1.ListOptions, each func(*unstructured.Unstructured)) (*unstructured.UnstructuredList, error) {
	list, err := p.List(ctx, o)
	for i := range list.Items {
		each(&list.Items[i])
		if list.Items[i].Object["data"] != nil || list.Items[i].GetManagedFields() != nil {
			return nil, errors.New("the object is not reduced before the next one is read")
		}
	}
	return list, err
}

func TestAListIsReducedInParts(t *testing.T) {
	client := fakeClient(t, configMap("1"))
	failed := make(chan error, 1)
	i, err := New(parts{client.Resource(configMaps).Namespace("default")}, "", "configmaps", logr.Discard(),
		Reduce(func(u *unstructured.Unstructured) { delete(u.Object, "data") }), OnFailure(func(err error) {
			select {
			case failed <- err:
			default: // one is enough
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	run(t, i)
	next(t, i)
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	if len(i.Objects()) != 1 {
		t.Errorf("objects are %v", i.Objects())
	}
}

func TestOnFailureReceivesErrors(t *testing.T) {
	client := fakeClient(t)
	refusal := apierrors.NewForbidden(configMaps.GroupResource(), "", nil)
	client.PrependReactor("list", "*", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, refusal })
	failed := make(chan error, 1)
	i, err := New(client.Resource(configMaps), "", "configmaps", logr.Discard(), OnFailure(func(err error) {
		select {
		case failed <- err:
		default:
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	run(t, i)
	select {
	case err := <-failed:
		if !apierrors.IsForbidden(err) {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nothing failed")
	}
}

// Only an answer says that the API server does not serve a resource, and only until it does.
func TestAbsentMeansThatTheResourceIsNotServed(t *testing.T) {
	for name, c := range map[string]struct {
		failure error
		absent  bool
	}{
		"not served":   {apierrors.NewGenericServerResponse(404, "list", configMaps.GroupResource(), "", "", 0, true), true},
		"not allowed":  {apierrors.NewForbidden(configMaps.GroupResource(), "", nil), false},
		"not answered": {errors.New("connection reset"), false},
	} {
		t.Run(name, func(t *testing.T) {
			client := fakeClient(t)
			var works atomic.Bool
			client.PrependReactor("list", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
				return !works.Load(), nil, c.failure
			})
			failed := make(chan error, 1)
			i, err := New(client.Resource(configMaps), "", "configmaps", logr.Discard(), OnFailure(func(err error) {
				select {
				case failed <- err:
				default:
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			run(t, i)
			<-failed
			if i.Absent() != c.absent {
				t.Errorf("absent: %t", i.Absent())
			}
			works.Store(true)
			if !i.Wait(t.Context()) || i.Absent() {
				t.Error("absent, although it was read")
			}
		})
	}
}
