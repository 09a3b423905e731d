package enforcement

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	openreports "github.com/openreports/reports-api/apis/openreports.io/v1alpha1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/internal/backoff"
	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
)

// Auditor keeps the status of the policies true: after every change of a policy or of what
// they are about it judges what is stored. Only one may work at a time in a cluster.
type Auditor struct {
	Client  dynamic.Interface
	Watch   *Watch
	Options validation.Options
	Now     func() time.Time
	// Registration, if set, says how the webhook's registration stands; Registered gets a value
	// when that changed.
	Registration func() Registration
	Registered   <-chan struct{}
	// Violations, if set, is told how many stand against each policy.
	Violations func(map[string]int)
	Log        logr.Logger

	// published is the ClusterReport that was stored last.
	published *openreports.ClusterReport
}

// policyStatus is short for what the audit writes.
type policyStatus = v1alpha1.FlowExportPolicyStatus

// lookAgain is how often the audit is done without a reason: a CRD for its report may have
// been installed, and somebody may have written to the status.
const lookAgain = 10 * time.Minute

// The objects that are audited, as a violation names them.
const (
	networkResource     = "networks.operator.openshift.io/" + validation.ClusterName
	flowsConfigResource = "configmaps/" + validation.FlowsConfigName
)

// Run audits until ctx ends.
func (a *Auditor) Run(ctx context.Context) error {
	a.published = nil // another replica may have stored one since
	network, err := informer.New(a.Client.Resource(kube.Networks()), validation.ClusterName, "networks", a.Log)
	if err != nil {
		return err
	}
	config, err := informer.New(a.Client.Resource(kube.ConfigMaps()).Namespace(validation.FlowsConfigNamespace), validation.FlowsConfigName, "configmaps", a.Log)
	if err != nil {
		return err
	}
	go network.RunWithContext(ctx)
	go config.RunWithContext(ctx)
	if !network.Wait(ctx) || !config.Wait(ctx) {
		return nil
	}
	retry := time.NewTimer(0)
	defer retry.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for failures := 0; ; {
		if err := a.audit(ctx, network, config); err != nil && ctx.Err() == nil {
			failures++
			a.Log.Error(err, "the policies' status was not stored", "failures", failures)
			retry.Reset(backoff.Wait(failures))
		} else {
			failures = 0
			retry.Stop()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.Watch.Changes():
		case <-a.Registered:
		case <-network.Changes():
		case <-config.Changes():
		case <-retry.C:
		case <-again.C:
		}
	}
}

// audit judges what is stored, and stores what changed of each policy's status.
func (a *Auditor) audit(ctx context.Context, network, config *informer.Informer) error {
	snapshot := a.Watch.Snapshot()
	if snapshot == nil {
		return nil
	}
	found := map[string][]v1alpha1.PolicyViolation{}
	for _, source := range []struct {
		kind     validation.Resource
		resource string
		objects  *informer.Informer
	}{{validation.Network, networkResource, network}, {validation.FlowsConfig, flowsConfigResource, config}} {
		stored, err := readStored(source.kind, source.objects, a.Options)
		if err != nil {
			return err
		}
		for policy, denials := range snapshot.Policies.Audit(stored) {
			for _, d := range denials {
				found[policy] = append(found[policy], v1alpha1.PolicyViolation{Resource: source.resource, Rule: d.Rule, Field: d.Field, Value: d.Value, Message: d.Message})
			}
		}
	}
	counts := make(map[string]int, len(snapshot.States))
	var problems []error
	var all []judged
	for _, s := range snapshot.States {
		counts[s.Name] = len(found[s.Name])
		status, err := a.store(ctx, s, found[s.Name])
		problems = append(problems, err)
		all = append(all, judged{s, status})
	}
	// Who is to end tells nothing more: another replica may count them by now.
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if a.Violations != nil {
		a.Violations(counts)
	}
	problems = append(problems, a.publish(ctx, clusterReport(all)))
	return errors.Join(problems...)
}

// readStored reads the collectors of the one object of an informer.
func readStored(r validation.Resource, i *informer.Informer, options validation.Options) (validation.Change, error) {
	if u := i.Object(); u != nil {
		object, err := validation.FromMap(r, u.Object)
		if err != nil {
			return validation.Change{}, fmt.Errorf("read %s %s: %w", r, u.GetName(), err)
		}
		return validation.Stored(object, options), nil
	}
	return validation.Change{Resource: validation.FlowsConfig}, nil // required is for the Network
}

// maxViolations is how many a status lists.
const maxViolations = 50

// store writes a policy's status if it says something new, and returns it.
func (a *Auditor) store(ctx context.Context, s State, violations []v1alpha1.PolicyViolation) (*policyStatus, error) {
	before := s.Status
	if before == nil {
		before = &v1alpha1.FlowExportPolicyStatus{}
	}
	now := metav1.NewTime(a.Now().Truncate(time.Second))
	var registration Registration
	if a.Registration != nil {
		registration = a.Registration()
	}
	status := newStatus(s, before, violations, registration, now)
	if equality.Semantic.DeepEqual(before, status) {
		return status, nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(status)
	if err != nil {
		return status, fmt.Errorf("build status: %w", err)
	}
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "FlowExportPolicy",
		"metadata": map[string]any{"name": s.Name, "uid": string(s.UID)}, "status": content,
	}}
	_, err = a.Client.Resource(kube.Policies()).
		ApplyStatus(ctx, s.Name, object, metav1.ApplyOptions{FieldManager: "sluice-webhook", Force: true})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return status, nil // it is gone, or another object of its name; the watch tells
	}
	if err != nil {
		return status, fmt.Errorf("store the status of policy %s: %w", s.Name, err)
	}
	return status, nil
}
