package enforcement

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

// The rate of the Events on one policy: a burst, and then one a minute.
const (
	eventBurst = 10
	eventRate  = 1. / 60
)

// eventNamespace is the namespace of Events about objects without a namespace.
const eventNamespace = metav1.NamespaceDefault

// Events records denials as Events on the policies.
type Events struct {
	watch    *Watch
	recorder record.EventRecorder
	stop     func()
}

// NewEvents starts the recording of Events; Stop ends it.
func NewEvents(ctx context.Context, client typedcorev1.EventsGetter, w *Watch) *Events {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx), record.WithCorrelatorOptions(record.CorrelatorOptions{BurstSize: eventBurst, QPS: eventRate}))
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.Events(eventNamespace)})
	source := corev1.EventSource{Component: "sluice-webhook"}
	return &Events{watch: w, recorder: broadcaster.NewRecorder(runtime.NewScheme(), source), stop: broadcaster.Shutdown}
}

// Stop ends the recording.
func (e *Events) Stop() { e.stop() }

// Denied records one Event for each policy that denies a request of a user; resource is the
// object that the request was to change. Further denials that are not in the list are omitted.
func (e *Events) Denied(user, resource string, denials []validation.Denial, omitted int) {
	snapshot := e.watch.Snapshot()
	if snapshot == nil {
		return
	}
	for _, s := range snapshot.States {
		var own []validation.Denial
		for _, d := range denials {
			if slices.Contains(d.Policies, s.Name) {
				own = append(own, d)
			}
		}
		if len(own) > 0 {
			e.recorder.Event(reference(s), corev1.EventTypeWarning, v1alpha1.EventReasonDenied, eventMessage(user, resource, own, omitted > 0))
		}
	}
}

func reference(s State) *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: v1alpha1.GroupVersion.String(), Kind: policy.Kind, Name: s.Name, UID: s.UID}
}
