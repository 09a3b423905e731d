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
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/internal/backoff"
	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
)

// Auditor keeps the status of the policies current. After each change of a policy or of an
// object that policies apply to, it evaluates the stored objects. Only one Auditor may run in a
// cluster at a time.
type Auditor struct {
	Client  dynamic.Interface
	Watch   *Watch
	Options validation.Options
	Now     func() time.Time
	// Registration, if set, returns the state of the webhook registration. Registered receives a
	// value after it changed.
	Registration func() Registration
	Registered   <-chan struct{}
	// FlowExports, if set, counts the FlowExports in the namespaces of each policy; false if they are
	// unknown. Counted receives a value after the counts changed.
	FlowExports func() (map[string]v1alpha1.PolicyFlowExports, bool)
	Counted     <-chan struct{}
	// AdmissionPolicies, if set, keeps the admission policies in the API server.
	AdmissionPolicies AdmissionPolicies
	// Namespace has the Leases of the replicas. If it is empty, nothing is known about replicas.
	Namespace string
	// Watching are the options of the watches of the audited objects. Limit is how long the API
	// server may be silent before the objects count as unknown.
	Watching []informer.Option
	Limit    time.Duration
	// Violations, if set, receives the number of violations of each policy.
	Violations func(map[string]int)
	Log        logr.Logger

	// published is the ClusterReport that was stored last.
	published *openreports.ClusterReport
	pending   map[types.UID]pending
}

type policyStatus = v1alpha1.FlowExportPolicyStatus

// auditPeriod is how often an audit runs without a change. The CRD of the report may have been
// installed meanwhile, and another client may have written to a status.
const auditPeriod = 10 * time.Minute

// The names of the audited objects in a violation.
const (
	networkResource     = "networks.operator.openshift.io/" + validation.ClusterName
	flowsConfigResource = "configmaps/" + validation.FlowsConfigName
)

// Run audits until ctx ends.
func (a *Auditor) Run(ctx context.Context) error {
	a.published, a.pending = nil, map[types.UID]pending{} // another replica may have stored a report since
	o, err := a.watch()
	if err != nil {
		return err
	}
	if !a.start(ctx, &o) {
		return nil
	}
	retry := time.NewTimer(0)
	defer retry.Stop()
	again, check := time.NewTicker(auditPeriod), time.NewTicker(staleCheck)
	defer again.Stop()
	defer check.Stop()
	stale := false
	for failures := 0; ; {
		waiting, err := a.audit(ctx, o)
		switch {
		case err != nil && ctx.Err() == nil:
			failures++
			a.Log.Error(err, "status of the policies was not stored; retrying", "failures", failures)
			retry.Reset(backoff.Wait(failures))
		case waiting:
			failures = 0
			retry.Reset(settle)
		default:
			failures = 0
			retry.Stop()
		}
		for due := false; !due; {
			due = true
			select {
			case <-ctx.Done():
				return nil
			case <-a.Watch.Changes():
			case <-a.Registered:
			case <-a.Counted:
			case <-o.covered:
			case <-o.admissionPolicies:
			case <-o.network.Changes():
			case <-o.config.Changes():
			case <-retry.C:
			case <-again.C:
			case <-check.C:
				before := stale
				stale = o.stale(a.Limit)
				due = before != stale
			}
		}
	}
}

// audit evaluates the stored objects, and stores each status that changed. waiting means that
// replicas are likely to report a policy in a moment.
func (a *Auditor) audit(ctx context.Context, o audited) (waiting bool, err error) {
	snapshot := a.Watch.Snapshot()
	if snapshot == nil {
		return false, nil
	}
	stale := o.stale(a.Limit)
	found, err := a.violations(snapshot, o)
	if err != nil {
		return false, err
	}
	var coverage *Coverage
	if o.replicas != nil {
		coverage = new(o.replicas.Coverage())
	}
	counts := make(map[string]int, len(snapshot.States))
	removal, err := a.keep(ctx, snapshot)
	problems := []error{err}
	var all []auditedPolicy
	for _, s := range snapshot.States {
		s.coverage, s.objectsStale = coverage, stale
		counts[s.Name] = len(found[s.Name])
		if a.wait(s) {
			waiting = true
			continue
		}
		status, err := a.store(ctx, s, found[s.Name], removal[s.Name])
		problems = append(problems, err)
		all = append(all, auditedPolicy{s, status})
	}
	// The lease is lost: publish nothing, because the new leader may already have.
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if stale {
		counts = nil
	}
	if a.Violations != nil {
		a.Violations(counts)
	}
	if !stale && !waiting {
		problems = append(problems, a.publish(ctx, clusterReport(all)))
	}
	return waiting, errors.Join(problems...)
}

// violations evaluates the stored objects.
func (a *Auditor) violations(snapshot *Snapshot, o audited) (map[string][]v1alpha1.PolicyViolation, error) {
	found := map[string][]v1alpha1.PolicyViolation{}
	for _, source := range []struct {
		kind     validation.Resource
		resource string
		objects  *informer.Informer
	}{{validation.Network, networkResource, o.network}, {validation.FlowsConfig, flowsConfigResource, o.config}} {
		stored, err := readStored(source.kind, source.objects, a.Options)
		if err != nil {
			return nil, err
		}
		for policy, denials := range snapshot.Policies.Audit(stored) {
			for _, d := range denials {
				found[policy] = append(found[policy], v1alpha1.PolicyViolation{Resource: source.resource, Rule: d.Rule, Field: d.Field, Value: d.Value, Message: d.Message})
			}
		}
	}
	return found, nil
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

// flowExports counts the FlowExports in the namespaces of a policy. What was counted before stays until they
// are counted again.
func (a *Auditor) flowExports(policy string, before *v1alpha1.FlowExportPolicyStatus) *v1alpha1.PolicyFlowExports {
	if a.FlowExports == nil {
		return before.FlowExports
	}
	counts, known := a.FlowExports()
	if !known {
		return before.FlowExports
	}
	if c, ok := counts[policy]; ok {
		return &c
	}
	return nil
}

// maxViolations is how many violations a status lists.
const maxViolations = 50

// store returns the status of a policy, and writes it if it changed.
// While the objects are stale, the violations stay as they were, and the condition says that they may
// have changed.
func (a *Auditor) store(ctx context.Context, s State, violations []v1alpha1.PolicyViolation, removal []metav1.Condition) (*policyStatus, error) {
	before := s.Status
	if before == nil {
		before = &v1alpha1.FlowExportPolicyStatus{}
	}
	now := metav1.NewTime(a.Now().Truncate(time.Second))
	var registration Registration
	if a.Registration != nil {
		registration = a.Registration()
	}
	s.flowExports = a.flowExports(s.Name, before)
	status := newStatus(s, before, violations, append(registration.enforced(), removal...), now)
	if s.objectsStale {
		status.Violations, status.ViolationCount = before.Violations, before.ViolationCount
	}
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
		return status, nil // it was deleted or replaced; the watch will report that
	}
	if err != nil {
		return status, fmt.Errorf("store the status of policy %s: %w", s.Name, err)
	}
	return status, nil
}
