package profiles

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"

	"sluice/api/v1alpha1"
	"sluice/internal/backoff"
	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
	"sluice/validation/profile"
)

// Reporter keeps the status of the profiles current. Only one may run in a cluster at a time.
type Reporter struct {
	Client   dynamic.Interface
	Metadata metadata.Interface
	Options  validation.Options
	Now      func() time.Time
	// Watching are the options of the watches.
	Watching []informer.Option
	// Pause is the least time between two evaluations: a status counts nodes, and each write of it
	// is sent to every agent.
	Pause time.Duration
	Log   logr.Logger

	// invalid are the generations of profiles with a status that can't be stored.
	invalid map[types.UID]int64
}

// DefaultPause is the Pause of a cluster.
const DefaultPause = 5 * time.Second

// watches are what a status is made from.
type watches struct {
	nodes                      *Nodes
	profiles, network, configs *informer.Informer
}

// Run reports until ctx ends.
func (r *Reporter) Run(ctx context.Context) error {
	r.invalid = map[types.UID]int64{}
	w, err := r.watch()
	if err != nil {
		return err
	}
	for _, i := range []*informer.Informer{w.profiles, w.network, w.configs} {
		go i.RunWithContext(ctx)
	}
	go w.nodes.Run(ctx)
	if !w.synced(ctx) {
		return nil
	}
	retry := time.NewTimer(0)
	defer retry.Stop()
	for failures := 0; ; {
		retry.Stop()
		if err := r.report(ctx, w); err != nil && ctx.Err() == nil {
			failures++
			r.Log.Error(err, "status of the profiles was not stored; retrying", "failures", failures)
			retry.Reset(backoff.Wait(failures))
		} else {
			failures = 0
		}
		pause := time.NewTimer(r.Pause)
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil
		case <-pause.C:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.profiles.Changes():
		case <-w.network.Changes():
		case <-w.configs.Changes():
		case <-w.nodes.changes:
		case <-retry.C:
		}
	}
}

func (r *Reporter) watch() (watches, error) {
	var w watches
	var errs [4]error
	w.nodes, errs[0] = NewNodes(r.Metadata, func(err error) { r.Log.V(1).Error(err, "watch failed; retrying", "resource", "nodes") })
	w.profiles, errs[1] = informer.New(r.Client.Resource(kube.Profiles()), "", "flowexportprofiles", r.Log, r.Watching...)
	w.network, errs[2] = informer.New(r.Client.Resource(kube.Networks()), validation.ClusterName, "networks", r.Log, r.Watching...)
	configs := r.Client.Resource(kube.ConfigMaps()).Namespace(validation.FlowsConfigNamespace)
	w.configs, errs[3] = informer.New(configs, validation.FlowsConfigName, "configmaps", r.Log, r.Watching...)
	return w, errors.Join(errs[:]...)
}

// synced waits until everything is read.
func (w watches) synced(ctx context.Context) bool {
	for _, i := range []*informer.Informer{w.profiles, w.network, w.configs} {
		if !i.Wait(ctx) {
			return false
		}
	}
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !w.nodes.informer.HasSynced() {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}

// report stores each status that changed.
func (r *Reporter) report(ctx context.Context, w watches) error {
	objects := w.profiles.Objects()
	slices.SortFunc(objects, func(a, b *unstructured.Unstructured) int { return strings.Compare(a.GetName(), b.GetName()) })
	var profiles []v1alpha1.FlowExportProfile
	var problems []error
	for _, u := range objects {
		var p v1alpha1.FlowExportProfile
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
			problems = append(problems, fmt.Errorf("read FlowExportProfile %s: %w", u.GetName(), err))
			continue
		}
		profiles = append(profiles, p)
	}
	if len(profiles) == 0 {
		return errors.Join(problems...)
	}
	collectors := r.collectors(w)
	uses := profile.Evaluate(profiles, w.nodes.labels())
	now := metav1.NewTime(r.Now().Truncate(time.Second))
	for i := range profiles {
		status := newStatus(&profiles[i], uses[i], collectors, now)
		if !equality.Semantic.DeepEqual(&profiles[i].Status, status) && r.invalid[profiles[i].UID] != profiles[i].Generation {
			problems = append(problems, r.store(ctx, &profiles[i], status))
		}
	}
	return errors.Join(problems...)
}

// collectors says whether there are IPFIX collectors; nil if the lists can't be read.
func (r *Reporter) collectors(w watches) *bool {
	found := false
	for resource, i := range map[validation.Resource]*informer.Informer{validation.Network: w.network, validation.FlowsConfig: w.configs} {
		u := i.Object()
		if u == nil {
			continue
		}
		object, err := validation.FromMap(resource, u.Object)
		if err != nil {
			return nil
		}
		review := validation.Review(validation.Input{Operation: validation.Create, Object: object, Options: r.Options})
		found = found || len(review.Flows.Collectors(validation.IPFIX)) > 0
	}
	return &found
}

// fieldManager is the owner of the status.
const fieldManager = "sluice-webhook"

func (r *Reporter) store(ctx context.Context, p *v1alpha1.FlowExportProfile, status *v1alpha1.FlowExportProfileStatus) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(status)
	if err != nil {
		return fmt.Errorf("build status: %w", err)
	}
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "FlowExportProfile",
		"metadata": map[string]any{"name": p.Name, "uid": string(p.UID)}, "status": content,
	}}
	_, err = r.Client.Resource(kube.Profiles()).ApplyStatus(ctx, p.Name, object, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	if apierrors.IsInvalid(err) {
		// Before Kubernetes 1.33, API servers may refuse a status together with what was stored before
		// its rule. The agents leave such a profile out, too.
		r.invalid[p.UID] = p.Generation
		r.Log.Error(err, "profile violates the schema of the CRD, so that it can't have a status; correct the profile", "profile", p.Name, "generation", p.Generation)
		return nil
	}
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("store the status of profile %s: %w", p.Name, err)
	}
	return nil // one that was deleted or replaced is reported by the watch
}
