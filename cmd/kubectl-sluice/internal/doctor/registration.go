package doctor

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/internal/kube"
	"sluice/webhook/paths"
	"sluice/webhook/registration"
)

// registered checks the two webhook configurations, and what they call. noneReady means that no
// replica of the webhook is ready.
func (c Cluster) registered(ctx context.Context) (list []Finding, noneReady bool) {
	expected, err := registration.Expected()
	if err != nil {
		return []Finding{Finding{ID: idMutating, What: "registration of the webhook"}.unknown(err)}, false
	}
	kinds := []string{registration.Mutating, registration.Validating}
	list = make([]Finding, len(kinds))
	found := make([][]registration.Webhook, len(kinds))
	for i, kind := range kinds {
		list[i], found[i] = c.registration(ctx, kind)
	}
	hooks := slices.Concat(found...)
	if len(hooks) == 0 {
		return list, false
	}
	// A webhook that is called elsewhere than the others is a difference.
	target := registration.Target{Loopback: registration.Inferred, Path: anyPath}.Resolve(hooks)
	for i, kind := range kinds {
		if found[i] != nil && !slices.ContainsFunc(hooks, registration.Webhook.Active) {
			list[i].State, list[i].Why = Bad, "it has no rules yet: the API server accepts lists without a check by Sluice; the controller adds the rules when a replica of the webhook is ready"
			list[i].Do = "kubectl -n sluice-system get pods; kubectl -n sluice-system logs deployment/sluice-controller"
		} else if d := registration.Differences(expected[kind], found[i], target); found[i] != nil && len(d) > 0 {
			list[i].State, list[i].Why, list[i].Do = Bad, "it differs from the manifests: "+strings.Join(d, "; "), reinstall
		}
	}
	answering := c.answering(ctx, hooks)
	return append(list, secret(expected, kinds, found), c.trusted(hooks), answering), answering.State == Bad
}

// anyPath leaves the paths to a check of their own: the controller writes them, not the manifests.
func anyPath(string, string) bool { return true }

// secret checks the paths that the API server calls. It shows none, because they are secret.
func secret(expected map[string][]registration.Webhook, kinds []string, found [][]registration.Webhook) Finding {
	f := Finding{ID: idPath, State: OK, What: "path of the webhook", Detail: "only API servers know it"}
	const controller = "check the controller, which writes the path: kubectl -n sluice-system logs deployment/sluice-controller"
	for i, kind := range kinds {
		for _, h := range found[i] {
			fixed, path := registration.PathOf(expected[kind][0].ClientConfig), registration.PathOf(h.ClientConfig)
			switch {
			case paths.Secret(fixed, path):
			case path == fixed:
				f.State, f.Do = Bad, controller
				f.Why = h.Name + " calls the path " + fixed + ", which everyone knows: clients other than API servers that reach the webhook can read verdicts and record Events"
				return f
			default:
				f.State, f.Do = Bad, controller
				f.Why = h.Name + " has no path that the webhook answers"
				return f
			}
		}
	}
	return f
}

// registration reads one of the two.
func (c Cluster) registration(ctx context.Context, kind string) (Finding, []registration.Webhook) {
	f := Finding{ID: idMutating, State: OK, What: "registration of the webhook, " + strings.ToLower(kind) + "/" + registration.Name, Detail: "as in the manifests"}
	if kind == registration.Validating {
		f.ID = idValidating
	}
	u, err := c.Client.Resource(registration.Resource(kind)).Get(ctx, registration.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		f.State, f.absent, f.Why, f.Do = Bad, true, "not found: the API server accepts lists without a check by Sluice", reinstall
		return f, nil
	case err != nil:
		return f.unknown(err), nil
	}
	hooks, err := registration.Read(kind, u.Object)
	if err != nil {
		return f.unknown(err), nil
	}
	if hooks == nil {
		hooks = []registration.Webhook{} // all are missing
	}
	return f, hooks
}

func (c Cluster) trusted(hooks []registration.Webhook) Finding {
	f := Finding{ID: idAuthority, State: OK, What: "certificate authority of the webhook"}
	soonest := 0
	for _, h := range hooks {
		if wrong := registration.CABundleProblem(h.ClientConfig.CABundle, c.Now()); wrong != "" {
			f.State, f.Why = Bad, h.Name+" "+wrong
			f.Do = "check what writes it: with --certs=managed the controller (kubectl -n sluice-system logs deployment/sluice-controller), otherwise OpenShift's service CA or cert-manager's cainjector"
			return f
		}
		if days := int(expiry(h.ClientConfig.CABundle).Sub(c.Now()).Hours() / 24); f.Detail == "" || days < soonest {
			soonest = days
			f.Detail = fmt.Sprintf("the API server trusts it for %d more days", days)
		}
	}
	return f
}

// expiry is when the last certificate of a bundle expires.
func expiry(bundle []byte) time.Time {
	var last time.Time
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && c.NotAfter.After(last) {
			last = c.NotAfter
		}
	}
	return last
}

// answering checks whether the Service has a ready endpoint.
func (c Cluster) answering(ctx context.Context, hooks []registration.Webhook) Finding {
	f := Finding{ID: idReplicas, State: OK, What: "replicas of the webhook"}
	service := hooks[0].ClientConfig.Service
	if service == nil {
		f.Detail = "called by URL; the next check shows whether one answers"
		return f
	}
	list, err := c.Client.Resource(kube.EndpointSlices()).Namespace(service.Namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + service.Name})
	if err != nil {
		return f.unknown(err)
	}
	ready, total := 0, 0
	for i := range list.Items {
		var s discoveryv1.EndpointSlice
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, &s); err != nil {
			return f.unknown(err)
		}
		total += len(s.Endpoints)
		for _, e := range s.Endpoints {
			if e.Conditions.Ready != nil && *e.Conditions.Ready {
				ready++
			}
		}
	}
	f.Detail = fmt.Sprintf("%d of %d ready", ready, total)
	if ready == 0 {
		f.State, f.Why = Bad, fmt.Sprintf("the Service %s/%s has no ready endpoint, so that no replica can check changes of the lists", service.Namespace, service.Name)
		f.Do = fmt.Sprintf("kubectl -n %s get pods; kubectl -n %s describe deployment sluice-webhook", service.Namespace, service.Namespace)
	}
	return f
}
