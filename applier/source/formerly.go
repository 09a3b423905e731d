package source

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// formerly is what the node's report says about its profile. It is older than the agent, which knows nothing of before.
type formerly struct {
	// profile is the one that applied when it was last known; empty for none.
	profile string
	// doubted says that it was unknown which one applied, and since when.
	doubted bool
	since   time.Time
}

// formerly reads the report. Without one, nothing is known.
func (c *Cluster) formerly() formerly {
	var f formerly
	status := c.reported()
	if status == nil {
		return f
	}
	f.profile = status.Profile
	synced := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionSynced)
	if status.Observed == nil && synced != nil && synced.Status == metav1.ConditionFalse {
		f.doubted, f.since = true, synced.LastTransitionTime.Time
	}
	return f
}

// reported is the stored status of the node's report; nil if there is none, or none that can be read, which the snapshot
// says.
func (c *Cluster) reported() *v1alpha1.NodeFlowExportStatus {
	u := c.exports.Object()
	if u == nil {
		return nil
	}
	var n v1alpha1.NodeFlowExport
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &n); err != nil {
		return nil
	}
	return &n.Status
}

// replaces reports whether a definition was created while it was unknown which profiles there are, or shortly before,
// so that they were deleted with a former one. The clocks of the node and of the API server may differ.
func (f formerly) replaces(definition *unstructured.Unstructured) bool {
	const shortly = 5 * time.Minute
	return f.doubted && definition.GetCreationTimestamp().After(f.since.Add(-shortly))
}

// lost is the former profile, of which no more is known than its name.
func (f formerly) lost() []*unstructured.Unstructured {
	if f.profile == "" {
		return nil
	}
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(kube.Profiles().GroupVersion().WithKind("FlowExportProfile"))
	u.SetName(f.profile)
	return []*unstructured.Unstructured{u}
}
