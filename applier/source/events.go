package source

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/record"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/internal/kube"
)

// The rate of the Events of an agent: a burst of 20, and then one a minute. The API server keeps an Event for one
// hour, or three on OpenShift. Equal Events are one with a count.
const (
	eventBurst, eventRate = 20, 1. / 60
	// eventCache is how many Events client-go remembers to find similar ones.
	eventCache = 64
)

// Events records Events about the report of a node. Their namespace is "default", as for all objects without a
// namespace.
type Events struct {
	cluster  *Cluster
	recorder record.EventRecorder
	stop     func()
}

// NewEvents starts the recording of Events; Stop ends it.
func NewEvents(ctx context.Context, c *Cluster) *Events {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx), record.WithCorrelatorOptions(record.CorrelatorOptions{BurstSize: eventBurst, QPS: eventRate, LRUCacheSize: eventCache}))
	broadcaster.StartRecordingToSink(sink{ctx, c.client.Resource(kube.Events()).Namespace(metav1.NamespaceDefault)})
	return &Events{cluster: c, recorder: broadcaster.NewRecorder(runtime.NewScheme(), corev1.EventSource{Component: fieldManager, Host: c.node}), stop: broadcaster.Shutdown}
}

// Stop ends the recording.
func (e *Events) Stop() { e.stop() }

// Record records an Event. It doesn't block.
func (e *Events) Record(t agent.Trace) {
	object := &corev1.ObjectReference{APIVersion: v1alpha1.GroupVersion.String(), Kind: "NodeFlowExport", Name: e.cluster.node}
	if stored := e.cluster.exports.Object(); stored != nil {
		object.UID = stored.GetUID()
	}
	kind := corev1.EventTypeNormal
	if t.Warning {
		kind = corev1.EventTypeWarning
	}
	e.recorder.Event(object, kind, t.Reason, t.Message)
}

// sink stores Events with a client that has no types: those of all API groups would need memory on each node.
type sink struct {
	ctx    context.Context //nolint:containedctx // the interface of client-go has none
	events dynamic.ResourceInterface
}

// Create stores an Event.
func (s sink) Create(e *corev1.Event) (*corev1.Event, error) {
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(e)
	if err != nil {
		return nil, fmt.Errorf("build Event: %w", err)
	}
	object["apiVersion"], object["kind"] = "v1", "Event"
	stored, err := s.events.Create(s.ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	return eventOf(stored, err)
}

// Update is never called: an Event that exists is patched.
func (s sink) Update(e *corev1.Event) (*corev1.Event, error) { return s.Create(e) }

// Patch counts an Event.
func (s sink) Patch(old *corev1.Event, data []byte) (*corev1.Event, error) {
	return eventOf(s.events.Patch(s.ctx, old.Name, types.StrategicMergePatchType, data, metav1.PatchOptions{}))
}

// eventOf is a stored Event. The errors of the API server are left as they are: client-go tells them apart by type.
func eventOf(u *unstructured.Unstructured, err error) (*corev1.Event, error) {
	if err != nil {
		return nil, err
	}
	var e corev1.Event
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &e); err != nil {
		return nil, fmt.Errorf("read Event: %w", err)
	}
	return &e, nil
}
