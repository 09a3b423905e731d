package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/internal/kube"
)

// The Deployments of Sluice. With the overlay localhost, the webhook is a DaemonSet of the same name.
const (
	webhookDeployment    = "sluice-webhook"
	controllerDeployment = "sluice-controller"
)

// deploymentsOf is the resource of Deployment.
func deploymentsOf() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
}

// replicaCount is what the status of a workload says about its pods.
type replicaCount struct {
	kind, name               string
	generation, observed     int64
	wanted, ready            int32
	cause                    string
	runbookNone, runbookSome string
}

// deployments checks whether the webhook and the controller have all of their replicas: also those of which there is no pod.
func (c Cluster) deployments(ctx context.Context) Finding {
	f := Finding{ID: idDeployments, State: OK, What: "replicas of the Deployments"}
	var details, why, do []string
	for _, w := range []replicaCount{
		{kind: "Deployment", name: webhookDeployment, runbookNone: "SluiceWebhookDown", runbookSome: "SluiceWebhookReplicaMissing"},
		{kind: "Deployment", name: controllerDeployment, runbookNone: "SluiceControllerDown", runbookSome: "SluiceControllerDown"},
	} {
		found, err := c.count(ctx, &w)
		if err != nil {
			return f.unknown(err)
		}
		state, text, runbook := w.judge(found)
		details = append(details, fmt.Sprintf("%s %d of %d ready", w.name, w.ready, w.wanted))
		if state == OK {
			continue
		}
		why, f.State = append(why, text), worse(f.State, state)
		switch {
		case !found:
			do = append(do, reinstall)
		case runbook == "":
			do = append(do, fmt.Sprintf("kubectl -n %s describe %s %s", webhookNamespace, strings.ToLower(w.kind), w.name))
		default:
			do = append(do, fmt.Sprintf("kubectl -n %s describe %s %s; kubectl sluice runbook %s", webhookNamespace, strings.ToLower(w.kind), w.name, runbook))
		}
	}
	f.Detail, f.Why, f.Do = strings.Join(details, ", "), strings.Join(why, "; "), strings.Join(slices.Compact(do), "; ")
	return f
}

// worse is the state of a finding with two causes.
func worse(a, b State) State {
	order := []State{OK, Warn, Unknown, Bad}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// count reads the status of a workload; false if it does not exist.
func (c Cluster) count(ctx context.Context, w *replicaCount) (found bool, err error) {
	u, err := c.Client.Resource(deploymentsOf()).Namespace(webhookNamespace).Get(ctx, w.name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err) && w.name == webhookDeployment:
		return c.countDaemonSet(ctx, w)
	case apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, err
	}
	var d appsv1.Deployment
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &d); err != nil {
		return false, err
	}
	w.generation, w.observed, w.wanted, w.ready = d.Generation, d.Status.ObservedGeneration, 1, d.Status.ReadyReplicas
	if d.Spec.Replicas != nil {
		w.wanted = *d.Spec.Replicas
	}
	for _, c := range d.Status.Conditions {
		failed := c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue
		if failed || c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionFalse && w.cause == "" {
			w.cause = shortText(c.Message)
		}
	}
	return true, nil
}

func (c Cluster) countDaemonSet(ctx context.Context, w *replicaCount) (found bool, err error) {
	u, err := c.Client.Resource(kube.DaemonSets()).Namespace(webhookNamespace).Get(ctx, w.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var d appsv1.DaemonSet
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &d); err != nil {
		return false, err
	}
	w.kind, w.generation, w.observed = "DaemonSet", d.Generation, d.Status.ObservedGeneration
	w.wanted, w.ready = d.Status.DesiredNumberScheduled, d.Status.NumberReady
	return true, nil
}

// judge says what is wrong with a workload.
func (w replicaCount) judge(found bool) (state State, why, runbook string) {
	cause := ""
	if w.cause != "" {
		cause = ": " + w.cause
	}
	switch {
	case !found:
		return Bad, fmt.Sprintf("there is no %s %s/%s", w.kind, webhookNamespace, w.name), w.runbookNone
	case w.observed == 0 || w.observed < w.generation:
		return Unknown, fmt.Sprintf("no controller of Kubernetes has reported about generation %d of the %s %s", w.generation, w.kind, w.name), ""
	case w.wanted == 0:
		return Bad, fmt.Sprintf("the %s %s wants no replicas", w.kind, w.name), w.runbookNone
	case w.ready == 0:
		return Bad, fmt.Sprintf("0 of %d replicas of %s are ready%s", w.wanted, w.name, cause), w.runbookNone
	case w.ready < w.wanted:
		return Warn, fmt.Sprintf("%d of %d replicas of %s are ready%s", w.ready, w.wanted, w.name, cause), w.runbookSome
	}
	return OK, "", ""
}
