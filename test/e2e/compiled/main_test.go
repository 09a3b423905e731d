package compiled

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"sluice/test/harness/cluster"
)

// The cluster that the tests of the package share. A request of a user in the group
// through-cel is judged by the compiled admission policies, any other by the webhook.
type suite struct {
	*cluster.ControlPlane
	// webhook and program are the paths of sluice-webhook and sluice.
	webhook, program string
	sluice           *cluster.Sluice
	log              *cluster.Log
	client           kubernetes.Interface
	// ipv6 says that the served CRD stores IPv6 collectors.
	ipv6 bool
}

var shared suite

const (
	throughCEL = "through-cel"
	// exempt is a user whom no policy stops.
	exempt = "ex'empt"
)

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Suite{Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
		shared.ControlPlane, shared.log = c, &cluster.Log{}
		if err := errors.Join(c.InstallOpenShift(ctx), c.InstallPolicies(ctx), c.InstallProfiles(ctx)); err != nil {
			return nil, err
		}
		if shared.webhook, err = cluster.BuildWebhook(ctx, c.Dir); err != nil {
			return nil, err
		}
		if shared.program, err = cluster.BuildSluice(ctx, c.Dir); err != nil {
			return nil, err
		}
		if shared.client, err = kubernetes.NewForConfig(c.As(cluster.Admin)); err != nil {
			return nil, err
		}
		if err := start(ctx); err != nil {
			return nil, err
		}
		return func() error { return shared.sluice.Stop() }, nil
	}})
}

// start starts the webhook, with more flags if need be.
func start(ctx context.Context, flags ...string) error {
	kubeconfig, err := shared.WebhookKubeconfig(ctx)
	if err != nil {
		return err
	}
	flags = append([]string{"--normalization=reject", "--policies=cluster", "--kubeconfig=" + kubeconfig, "--exempt-user=" + exempt}, flags...)
	shared.sluice, err = cluster.StartSluice(ctx, shared.webhook, shared.Dir, shared.log, flags...)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, shared.log)
	}
	if err := shared.Register(ctx, shared.sluice); err != nil {
		return err
	}
	return narrowWebhooks(ctx)
}

// narrowWebhooks keeps the webhook from the requests that are for the compiled policies.
func narrowWebhooks(ctx context.Context) error {
	condition := admissionregistrationv1.MatchCondition{Name: "through-webhook", Expression: "!('" + throughCEL + "' in request.userInfo.?groups.orValue([]))"}
	registrations := shared.client.AdmissionregistrationV1()
	mutating, err := registrations.MutatingWebhookConfigurations().Get(ctx, "sluice", metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("read registration: %w", err)
	}
	add := func(list []admissionregistrationv1.MatchCondition) []admissionregistrationv1.MatchCondition {
		if slices.Contains(list, condition) {
			return list
		}
		return append(list, condition)
	}
	for i := range mutating.Webhooks {
		mutating.Webhooks[i].MatchConditions = add(mutating.Webhooks[i].MatchConditions)
	}
	validating, err := registrations.ValidatingWebhookConfigurations().Get(ctx, "sluice", metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("read registration: %w", err)
	}
	for i := range validating.Webhooks {
		validating.Webhooks[i].MatchConditions = add(validating.Webhooks[i].MatchConditions)
	}
	_, errMutating := registrations.MutatingWebhookConfigurations().Update(ctx, mutating, metav1.UpdateOptions{})
	_, errValidating := registrations.ValidatingWebhookConfigurations().Update(ctx, validating, metav1.UpdateOptions{})
	return errors.Join(errMutating, errValidating)
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, condition func(context.Context) (bool, error)) {
	t.Helper()
	if err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, 2*time.Minute, true, condition); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
