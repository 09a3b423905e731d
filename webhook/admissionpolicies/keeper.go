package admissionpolicies

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation/policy"
	"sluice/validation/vap"
)

// Config holds the settings of a Keeper.
type Config struct {
	Client dynamic.Interface
	Mode   Mode
	// Exempt are the users to whom no policy applies.
	Exempt []string
	// IPv6 says that the served Network CRD stores IPv6 collectors too.
	IPv6 bool
	// Watching are further options of the watches.
	Watching []informer.Option
	// InForce receives which admission policies are in force after a reconciliation.
	InForce func(map[string]bool)
	Log     logr.Logger
}

// Keeper keeps the admission policies. Only one may work in a cluster at a time.
type Keeper struct {
	Config
	informers map[string]*informer.Informer
	changes   chan struct{}
	// applied are the objects as the API server returned them after the last write.
	applied map[string]version
}

// version identifies what is stored. The API server increments the generation with each change of
// the spec.
type version struct {
	uid        types.UID
	generation int64
}

// The kinds of the two objects.
const (
	policyKind  = "ValidatingAdmissionPolicy"
	bindingKind = "ValidatingAdmissionPolicyBinding"
)

func resources() map[string]schema.GroupVersionResource {
	return map[string]schema.GroupVersionResource{policyKind: kube.AdmissionPolicies(), bindingKind: kube.AdmissionPolicyBindings()}
}

// New prepares a Keeper.
func New(config Config) (*Keeper, error) {
	k := &Keeper{Config: config, informers: map[string]*informer.Informer{}, changes: make(chan struct{}, 1), applied: map[string]version{}}
	return k, k.watch()
}

// watch prepares the watches.
func (k *Keeper) watch() error {
	for kind, resource := range resources() {
		i, err := informer.New(k.Client.Resource(resource), "", resource.Resource, k.Log,
			append([]informer.Option{informer.Notify(k.changes), informer.Labels("app.kubernetes.io/name=sluice")}, k.Watching...)...)
		if err != nil {
			return err
		}
		k.informers[kind] = i
	}
	return nil
}

// Start begins to watch, until ctx ends, and returns after the first list is complete; false if ctx
// ends before. It is called in each term of an elected process, and an informer runs only once.
func (k *Keeper) Start(ctx context.Context) bool {
	for _, i := range k.informers {
		if !i.Running() && !i.Ended() {
			continue
		}
		if err := k.watch(); err != nil {
			k.Log.Error(err, "admission policies can't be watched")
			return false
		}
		break
	}
	for _, i := range k.informers {
		go i.RunWithContext(ctx)
	}
	for _, i := range k.informers {
		if !i.Wait(ctx) {
			return false
		}
	}
	return true
}

// Changes returns a channel that receives a value after a change of an admission policy.
func (k *Keeper) Changes() <-chan struct{} { return k.changes }

// Reconcile makes the API server have the admission policies of these policies. With an error, the
// returned state says what is not in force, and the caller tries again later.
func (k *Keeper) Reconcile(ctx context.Context, policies []policy.Policy) (State, error) {
	state, err := k.reconcile(ctx, policies)
	k.InForce(state.InForce)
	return state, err
}

func (k *Keeper) reconcile(ctx context.Context, policies []policy.Policy) (State, error) {
	state := State{Mode: k.Mode, InForce: map[string]bool{}, Restricts: slices.ContainsFunc(policies, func(p policy.Policy) bool {
		return p.Fault == "" && p.Enforcement == policy.Deny && p.RemovalRestricted
	})}
	if k.Mode == Off {
		return state, k.deleteOthers(ctx, nil)
	}
	owner, problem, fixedErr := k.fixed(ctx)
	state.Fixed = problem
	state.InForce[vap.RemovalName] = !problem.exists()
	if owner == nil {
		state.Compiled = problem
		return state, fixedErr // the compiled policies are deleted with their owner
	}
	desired, err := compile(k.Mode, vap.Input{Policies: policies, Exempt: k.Exempt, IPv6: k.IPv6})
	if err != nil {
		state.Compiled = Problem{v1alpha1.ReasonNotExpressible, "the rules cannot be compiled: " + bounded(err.Error())}
		k.Log.Error(err, "the policies can't be compiled to admission policies; those of before stay")
		return state, fixedErr // a change of the policies is needed
	}
	problems := []error{fixedErr}
	for _, o := range desired {
		err := k.apply(ctx, o, owner)
		if o.kind == policyKind || err != nil {
			state.InForce[o.name] = err == nil
		}
		switch {
		case err == nil:
		case apierrors.IsInvalid(err):
			state.Compiled = Problem{v1alpha1.ReasonNotExpressible, "this version of Kubernetes does not accept the admission policy " + o.name + ": " + bounded(err.Error())}
			k.Log.Error(err, "admission policy is not accepted", "name", o.name)
		default:
			state.Compiled = Problem{v1alpha1.ReasonNotStored, "the admission policy " + o.name + " could not be stored: " + bounded(err.Error())}
			problems = append(problems, fmt.Errorf("store %s %s: %w", o.kind, o.name, err))
		}
	}
	problems = append(problems, k.deleteOthers(ctx, desired))
	return state, errors.Join(problems...)
}

// maxMessage bounds what a condition repeats of an error.
const maxMessage = 500

func bounded(text string) string {
	if len(text) > maxMessage {
		return text[:maxMessage] + "..."
	}
	return text
}

// fixed compares the policy of the manifests, and binds it. The policy is nil if it is not installed.
func (k *Keeper) fixed(ctx context.Context) (stored *unstructured.Unstructured, problem Problem, err error) {
	typedPolicy, typedBinding := vap.Removal(k.Exempt)
	desired, err := toUnstructured(&typedPolicy)
	if err != nil {
		return nil, problem, err
	}
	if stored = k.stored(policyKind, vap.RemovalName); stored == nil {
		return nil, Problem{v1alpha1.ReasonNotInstalled, "the " + policyKind + " " + vap.RemovalName + " is missing; apply the manifests again"}, nil
	}
	// The binding is not in the manifests: API servers deny all that a bound policy matches while its
	// parameters, the FlowExportPolicies, are not served.
	binding, err := toUnstructured(&typedBinding)
	if err != nil {
		return stored, problem, err
	}
	if err := k.apply(ctx, object{bindingKind, vap.RemovalName, binding}, stored); err != nil {
		problem = Problem{v1alpha1.ReasonNotStored, "the " + bindingKind + " " + vap.RemovalName + " could not be stored: " + bounded(err.Error())}
		return stored, problem, fmt.Errorf("store %s %s: %w", bindingKind, vap.RemovalName, err)
	}
	if differs(stored, desired) {
		problem = Problem{v1alpha1.ReasonChanged, "the " + policyKind + " " + vap.RemovalName + " is not that of this version and these flags; apply the manifests again, with the users of --exempt-user"}
	}
	return stored, problem, nil
}

func (k *Keeper) stored(kind, name string) *unstructured.Unstructured {
	for _, u := range k.informers[kind].Objects() {
		if u.GetName() == name {
			return u
		}
	}
	return nil
}

// apply stores an object unless it is stored already. It is owned by the fixed policy, so that it
// is deleted when Sluice is uninstalled.
func (k *Keeper) apply(ctx context.Context, o object, owner *unstructured.Unstructured) error {
	key := o.kind + "/" + o.name
	stored := k.stored(o.kind, o.name)
	known, done := k.applied[key]
	if stored != nil && done && known == (version{stored.GetUID(), stored.GetGeneration()}) && !differs(stored, o.content) && owned(stored, owner) {
		return nil
	}
	content := o.content.DeepCopy()
	content.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: owner.GetAPIVersion(), Kind: owner.GetKind(), Name: owner.GetName(), UID: owner.GetUID(),
	}})
	after, err := k.write(ctx, o.kind, content, stored)
	if err != nil {
		delete(k.applied, key)
		return err
	}
	if differs(after, o.content) {
		return fmt.Errorf("%s is not stored as it was written", o.name)
	}
	k.applied[key] = version{after.GetUID(), after.GetGeneration()}
	return nil
}

// write creates or replaces an object. Server-side apply would keep the conditions that another
// client added to the list.
func (k *Keeper) write(ctx context.Context, kind string, content, stored *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	client := k.Client.Resource(resources()[kind])
	if stored == nil {
		after, err := client.Create(ctx, content, metav1.CreateOptions{FieldManager: managedBy})
		if !apierrors.IsAlreadyExists(err) {
			return after, err
		}
		// The watch does not see an object without the label.
		if err := client.Delete(ctx, content.GetName(), metav1.DeleteOptions{}); err != nil {
			return nil, err
		}
		return client.Create(ctx, content, metav1.CreateOptions{FieldManager: managedBy})
	}
	content.SetResourceVersion(stored.GetResourceVersion())
	return client.Update(ctx, content, metav1.UpdateOptions{FieldManager: managedBy})
}

func owned(u, owner *unstructured.Unstructured) bool {
	return slices.ContainsFunc(u.GetOwnerReferences(), func(r metav1.OwnerReference) bool { return r.UID == owner.GetUID() })
}

// deleteOthers deletes the kept objects that are not desired.
func (k *Keeper) deleteOthers(ctx context.Context, desired []object) error {
	var problems []error
	for _, kind := range []string{bindingKind, policyKind} {
		for _, u := range k.informers[kind].Objects() {
			fixed := k.Mode != Off && kind == bindingKind && u.GetName() == vap.RemovalName
			wanted := fixed || slices.ContainsFunc(desired, func(o object) bool { return o.kind == kind && o.name == u.GetName() })
			if wanted || u.GetLabels()[managedByLabel] != managedBy {
				continue
			}
			uid := u.GetUID()
			err := k.Client.Resource(resources()[kind]).Delete(ctx, u.GetName(), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
			if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
				problems = append(problems, fmt.Errorf("delete %s %s: %w", kind, u.GetName(), err))
			}
		}
	}
	return errors.Join(problems...)
}
