package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
	"sluice/validation/policy"
)

// fieldManager is the owner of the status.
const fieldManager = "sluice-controller"

// change is a status to store.
type change struct {
	export        *v1alpha1.FlowExport
	before, after *v1alpha1.FlowExportStatus
	urgency       urgency
}

// change returns what to store for a FlowExport, if anything is due. Counters alone are stored once in a while.
func (r *Reporter) change(f *v1alpha1.FlowExport, j policy.Judgment, sum rollup) (change, bool) {
	now := r.Now()
	before := f.Status
	if before == nil {
		before = &v1alpha1.FlowExportStatus{}
	}
	status := newStatus(f, j, sum, metav1.NewTime(now.Truncate(time.Second)))
	if sum.knowledge != known { // keep what was known
		status.NodesWanted, status.NodesSending, status.Collectors = before.NodesWanted, before.NodesSending, before.Collectors
		status.Records, status.Dropped = before.Records, before.Dropped
	}
	if equality.Semantic.DeepEqual(before, status) || r.invalid[f.UID] == f.Generation {
		return change{}, false
	}
	c := change{export: f, before: before, after: status, urgency: urgencyOf(f, before, status)}
	return c, c.urgency != counting || now.Sub(r.lastCount(f.UID)) >= countPeriod
}

// store writes a status.
func (r *Reporter) store(ctx context.Context, c change) error {
	f, before, status := c.export, c.before, c.after
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(status)
	if err != nil {
		return fmt.Errorf("build status: %w", err)
	}
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "FlowExport",
		"metadata": map[string]any{"name": f.Name, "namespace": f.Namespace, "uid": string(f.UID)}, "status": content,
	}}
	_, err = r.Client.Resource(kube.FlowExports()).Namespace(f.Namespace).ApplyStatus(ctx, f.Name, object, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	switch {
	case err == nil:
		r.counted[f.UID] = r.Now()
		r.logChange(f, before, status)
	case apierrors.IsNotFound(err), apierrors.IsConflict(err): // it was deleted or replaced; the watch will report that
	case apierrors.IsInvalid(err):
		// Before Kubernetes 1.33, API servers may refuse a status together with a spec that violates a
		// newer rule. It is not accepted then, because its generation is never observed.
		r.invalid[f.UID] = f.Generation
		r.Log.Error(err, "FlowExport violates the schema of the CRD, so that it can't have a status", "namespace", f.Namespace, "name", f.Name, "generation", f.Generation)
	default:
		err = fmt.Errorf("store the status of FlowExport %s/%s: %w", f.Namespace, f.Name, err)
		if c.urgency == revoking {
			err = errors.Join(err, r.clear(ctx, f))
		}
		return err
	}
	return nil
}

// clear removes the status of a FlowExport whose revocation can't be stored. Its tenant may have stored as much as etcd
// takes in one object, so that there is no room for the reason.
func (r *Reporter) clear(ctx context.Context, f *v1alpha1.FlowExport) error {
	patch := []byte(fmt.Sprintf(`{"metadata":{"uid":%q},"status":null}`, f.UID))
	_, err := r.Client.Resource(kube.FlowExports()).Namespace(f.Namespace).Patch(ctx, f.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager}, "status")
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("remove the status of FlowExport %s/%s, which is not accepted: %w", f.Namespace, f.Name, err)
	}
	return nil
}

// lastCount is when the counters of a FlowExport were written last. Another leader may have written them
// until this one started.
func (r *Reporter) lastCount(uid types.UID) time.Time {
	if t, ok := r.counted[uid]; ok {
		return t
	}
	return r.started
}

// countersOnly reports whether two statuses differ in counters only.
func countersOnly(before, after *v1alpha1.FlowExportStatus) bool {
	c := before.DeepCopy()
	c.Records, c.Dropped, c.LastRecord = after.Records, after.Dropped, after.LastRecord
	return equality.Semantic.DeepEqual(c, after)
}

// logChange leaves a line if the FlowExport is accepted now, or no longer.
func (r *Reporter) logChange(f *v1alpha1.FlowExport, before, after *v1alpha1.FlowExportStatus) {
	was, is := acceptedOf(before), acceptedOf(after)
	if was.Status == is.Status && was.Reason == is.Reason {
		return
	}
	r.Log.Info("FlowExport evaluated", "namespace", f.Namespace, "name", f.Name, "generation", f.Generation,
		"accepted", is.Status, "reason", is.Reason, "message", fmt.Sprintf("%.300s", is.Message))
}

func acceptedOf(s *v1alpha1.FlowExportStatus) metav1.Condition {
	for _, c := range s.Conditions {
		if c.Type == v1alpha1.ConditionAccepted {
			return c
		}
	}
	return metav1.Condition{}
}
