package enforcement

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

// The rate of events of one policy: a burst, and then one a minute.
const (
	eventBurst = 10
	eventRate  = 1. / 60
)

// eventNamespace is where events about objects without a namespace stand.
const eventNamespace = metav1.NamespaceDefault

// Events writes what policies deny as Events on the policies.
type Events struct {
	watch    *Watch
	recorder record.EventRecorder
	stop     func()
}

// NewEvents prepares them; Stop ends them.
func NewEvents(ctx context.Context, client typedcorev1.EventsGetter, w *Watch) *Events {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx), record.WithCorrelatorOptions(record.CorrelatorOptions{BurstSize: eventBurst, QPS: eventRate}))
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.Events(eventNamespace)})
	source := corev1.EventSource{Component: "sluice-webhook"}
	return &Events{watch: w, recorder: broadcaster.NewRecorder(runtime.NewScheme(), source), stop: broadcaster.Shutdown}
}

// Stop ends them.
func (e *Events) Stop() { e.stop() }

// Denied tells of denials, one event for each policy of a request.
func (e *Events) Denied(user, resource string, denials []validation.Denial) {
	snapshot := e.watch.Snapshot()
	if snapshot == nil {
		return
	}
	for _, name := range validation.PolicyNames(denials) {
		var lines []string
		for _, d := range denials {
			for _, p := range d.Policies {
				if p == name {
					lines = append(lines, fmt.Sprintf("%s %s", d.Rule, d.Value))
				}
			}
		}
		for _, s := range snapshot.States {
			if s.Name == name {
				e.recorder.Eventf(reference(s), corev1.EventTypeWarning, "Denied", "%s changed %s: %s", validation.Quote(user), resource, strings.Join(lines, ", "))
			}
		}
	}
}

func reference(s State) *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: v1alpha1.GroupVersion.String(), Kind: policy.Kind, Name: s.Name, UID: s.UID}
}
