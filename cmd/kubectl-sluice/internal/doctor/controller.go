package doctor

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/internal/kube"
)

// controllerLease is the Lease of the elected process of the controller, which renews it every few
// seconds.
const controllerLease = "sluice-controller"

// controllerSilence is how long the Lease may be left without a renewal: long enough for a restart of
// the controller, and for clocks that differ a little.
const controllerSilence = 2 * time.Minute

// controlled checks whether the controller runs. Without it, the status of the policies, the webhook
// configurations and the admission policies are no longer kept current.
func (c Cluster) controlled(ctx context.Context) Finding {
	f := Finding{ID: idController, State: OK, What: "controller"}
	u, err := c.Client.Resource(kube.Leases()).Namespace(webhookNamespace).Get(ctx, controllerLease, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		f.Why = fmt.Sprintf("there is no Lease %s/%s, so it has never run", webhookNamespace, controllerLease)
	case err != nil:
		return f.unknown(err)
	default:
		r, renewed, err := kube.ReadRenewal(u)
		if err != nil {
			return f.unknown(err)
		}
		if !renewed {
			f.Why = "its Lease has never been renewed"
		} else if silent := c.Now().Sub(r.At); silent > controllerSilence {
			f.Why = "its Lease has not been renewed for " + short(silent)
		}
	}
	f.Detail = "running"
	if f.Why != "" {
		f.State = Bad
		f.Do = fmt.Sprintf("kubectl -n %s get pods -l app.kubernetes.io/component=controller; kubectl sluice runbook SluiceControllerDown", webhookNamespace)
	}
	return f
}
