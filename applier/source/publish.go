package source

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/backoff"
	"sluice/internal/kube"
)

// fieldManager is the agents' name in server-side apply.
const fieldManager = "sluice-agent"

// publishing hands the newest status from the loop to the publisher.
type publishing struct {
	mu     sync.Mutex
	newest *v1alpha1.NodeFlowExportStatus
	wake   chan struct{}
	// written is what was stored last, and seen the version that the watch had then. The watch
	// lags: until it has another version, what is stored is what was written.
	written *v1alpha1.NodeFlowExportStatus
	seen    string
	// failed says that the last write did.
	failed bool
	pace   pace
	// result gets the result of each write.
	result func(error)
}

// Publish stores a status soon. Of several that come while one is being written, or has to wait because many were, only
// the newest is.
func (c *Cluster) Publish(s v1alpha1.NodeFlowExportStatus) {
	c.publishing.mu.Lock()
	c.publishing.newest = &s
	c.publishing.mu.Unlock()
	select {
	case c.publishing.wake <- struct{}{}:
	default:
	}
}

// OnPublish names a function that gets the result of each write. After one that failed, it also gets nil if nothing is left to write.
func (c *Cluster) OnPublish(result func(error)) { c.publishing.result = result }

// publish writes until ctx ends.
func (c *Cluster) publish(ctx context.Context) {
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.publishing.wake:
		}
		status := c.due(ctx)
		if status == nil {
			return
		}
		err := c.write(ctx, status)
		if err == nil {
			failures = 0
			continue
		}
		failures++
		if ctx.Err() != nil {
			return
		}
		c.log.Error(err, "the NodeFlowExport could not be stored, will retry", "failures", failures)
		timer := time.NewTimer(backoff.Wait(failures))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		select {
		case c.publishing.wake <- struct{}{}:
		default:
		}
	}
}

// due waits until the newest status may be stored; nil if ctx ends before.
func (c *Cluster) due(ctx context.Context) *v1alpha1.NodeFlowExportStatus {
	for {
		c.publishing.mu.Lock()
		status := c.publishing.newest
		c.publishing.mu.Unlock()
		wait := c.publishing.pace.wait(c.exports.Object() == nil || saysMore(status, c.publishing.written), time.Now())
		if wait == 0 {
			return status
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-c.publishing.wake: // a newer one may not have to wait
			timer.Stop()
		case <-timer.C:
		}
	}
}

// write stores what differs: the object with its owner, and its status.
func (c *Cluster) write(ctx context.Context, status *v1alpha1.NodeFlowExportStatus) error {
	node := c.nodes.Object()
	if node == nil {
		return nil // the report is deleted with its Node
	}
	stored := c.exports.Object()
	owners := []any{map[string]any{"apiVersion": "v1", "kind": "Node", "name": node.GetName(), "uid": string(node.GetUID())}}
	unowned := stored == nil || !slices.ContainsFunc(stored.GetOwnerReferences(), func(o metav1.OwnerReference) bool { return o.UID == node.GetUID() })
	// While the watch has not seen what was written, or fails, the object is there all the same.
	if created := c.publishing.written != nil && versionOf(stored) == c.publishing.seen; unowned && !created {
		object := c.object()
		if err := unstructured.SetNestedSlice(object.Object, owners, "metadata", "ownerReferences"); err != nil {
			return fmt.Errorf("build object: %w", err)
		}
		if err := c.applied(c.client.Resource(kube.NodeFlowExports()).Apply(ctx, c.node, object, applyOptions())); err != nil {
			return fmt.Errorf("apply NodeFlowExport: %w", err)
		}
	}
	if version := versionOf(stored); version == c.publishing.seen && equality.Semantic.DeepEqual(c.publishing.written, status) {
		c.settled()
		return nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(status)
	if err != nil {
		return fmt.Errorf("build status: %w", err)
	}
	if stored != nil {
		var old v1alpha1.NodeFlowExport
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(stored.Object, &old); err == nil && equality.Semantic.DeepEqual(&old.Status, status) {
			c.settled()
			return nil
		}
	}
	c.publishing.pace.spend(time.Now())
	object := c.object()
	object.Object["status"] = content
	if err := c.applied(c.client.Resource(kube.NodeFlowExports()).ApplyStatus(ctx, c.node, object, applyOptions())); err != nil {
		if apierrors.IsNotFound(err) {
			c.publishing.written = nil
			return fmt.Errorf("apply status of a NodeFlowExport that was just deleted: %w", err)
		}
		return fmt.Errorf("apply status: %w", err)
	}
	c.publishing.written, c.publishing.seen = status, versionOf(stored)
	return nil
}

// versionOf is an object's resource version; empty for nil.
func versionOf(u *unstructured.Unstructured) string {
	if u == nil {
		return ""
	}
	return u.GetResourceVersion()
}

// applied passes on the result of a write.
func (c *Cluster) applied(_ *unstructured.Unstructured, err error) error {
	if err == nil {
		c.wrote()
	}
	c.told(err)
	return err
}

// settled takes in that the newest report is stored, and nothing is to be written. If the last write failed, it was
// stored all the same, because only the answer was lost, or it is not wanted any more.
func (c *Cluster) settled() {
	if c.publishing.failed {
		c.told(nil)
	}
}

// told passes on the result of a write.
func (c *Cluster) told(err error) {
	c.publishing.failed = err != nil
	if c.publishing.result != nil {
		c.publishing.result(err)
	}
}

func (c *Cluster) object() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "NodeFlowExport",
		"metadata": map[string]any{"name": c.node},
	}}
}

// applyOptions make the agent the owner of all fields that it writes.
func applyOptions() metav1.ApplyOptions {
	return metav1.ApplyOptions{FieldManager: fieldManager, Force: true}
}
