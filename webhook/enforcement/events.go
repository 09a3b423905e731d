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

// The rates of the Events: on one policy a burst of 10, and then one a minute; on all policies together a
// burst of 30, and then six a minute. Events have up to 2 kB, and the API server keeps them for one hour, or three
// on OpenShift: they are at most 2 MB, and a restart, which allows a burst once more, adds 60 kB, however many
// policies there are.
const (
	eventBurst, eventRate         = 10, 1. / 60
	allEventsBurst, allEventsRate = 30, 1. / 10
	// eventCache is how many Events client-go remembers to find similar ones.
	eventCache = 256
)

// eventNamespace is the namespace of Events about objects without a namespace.
const eventNamespace = metav1.NamespaceDefault

// Events records denials as Events on the policies.
type Events struct {
	watch    *Watch
	recorder record.EventRecorder
	stop     func()
	rates    *eventRates
}

// NewEvents starts the recording of Events; Stop ends it.
func NewEvents(ctx context.Context, client typedcorev1.EventsGetter, w *Watch) *Events {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx), record.WithCorrelatorOptions(record.CorrelatorOptions{BurstSize: eventBurst, QPS: eventRate, LRUCacheSize: eventCache}))
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.Events(eventNamespace)})
	source := corev1.EventSource{Component: v1alpha1.EventSource}
	return &Events{watch: w, recorder: broadcaster.NewRecorder(runtime.NewScheme(), source), stop: broadcaster.Shutdown, rates: newEventRates()}
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
		if len(own) > 0 && e.rates.allow(s.UID) {
			e.recorder.Event(reference(s), corev1.EventTypeWarning, v1alpha1.EventReasonDenied, eventMessage(user, resource, own, omitted > 0))
		}
	}
}

func reference(s State) *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: v1alpha1.GroupVersion.String(), Kind: policy.Kind, Name: s.Name, UID: s.UID}
}
