package registration

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"sluice/manifests"
)

// The kinds of the two objects, and the name of both.
const (
	Mutating   = "MutatingWebhookConfiguration"
	Validating = "ValidatingWebhookConfiguration"
	Name       = "sluice"
)

// Resource is the resource of a kind.
func Resource(kind string) schema.GroupVersionResource {
	return admissionregistrationv1.SchemeGroupVersion.WithResource(strings.ToLower(kind) + "s")
}

// Webhook is one webhook of a configuration of either kind.
type Webhook struct {
	Name         string
	ClientConfig admissionregistrationv1.WebhookClientConfig
	compared     map[string]any
}

// Read returns the webhooks of an object of one of the two kinds.
func Read(kind string, object map[string]any) ([]Webhook, error) {
	switch kind {
	case Mutating:
		var m admissionregistrationv1.MutatingWebhookConfiguration
		err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, &m)
		return fromMutating(m.Webhooks), err
	case Validating:
		var v admissionregistrationv1.ValidatingWebhookConfiguration
		err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, &v)
		return fromValidating(v.Webhooks), err
	}
	return nil, fmt.Errorf("%s is not a webhook configuration", kind)
}

func fromMutating(list []admissionregistrationv1.MutatingWebhook) []Webhook {
	var webhooks []Webhook
	for _, w := range list {
		webhooks = append(webhooks, Webhook{w.Name, w.ClientConfig, map[string]any{
			"clientConfig": target(w.ClientConfig),
			"rules":        w.Rules, "matchConditions": w.MatchConditions, "namespaceSelector": selector(w.NamespaceSelector), "objectSelector": selector(w.ObjectSelector),
			"failurePolicy": w.FailurePolicy, "matchPolicy": w.MatchPolicy, "reinvocationPolicy": w.ReinvocationPolicy,
		}})
	}
	return webhooks
}

func fromValidating(list []admissionregistrationv1.ValidatingWebhook) []Webhook {
	var webhooks []Webhook
	for _, w := range list {
		webhooks = append(webhooks, Webhook{w.Name, w.ClientConfig, map[string]any{
			"clientConfig": target(w.ClientConfig),
			"rules":        w.Rules, "matchConditions": w.MatchConditions, "namespaceSelector": selector(w.NamespaceSelector), "objectSelector": selector(w.ObjectSelector),
			"failurePolicy": w.FailurePolicy, "matchPolicy": w.MatchPolicy,
		}})
	}
	return webhooks
}

// target is what the API server calls. The Service of the manifests and any port on the loopback
// address, for a webhook on each control-plane node, compare as equal. The path selects the phase.
func target(c admissionregistrationv1.WebhookClientConfig) string {
	if s := c.Service; s != nil {
		if s.Namespace == "sluice-system" && s.Name == "sluice-webhook" {
			return sluiceTarget + ptr.Deref(s.Path, "")
		}
		return s.Namespace + "/" + s.Name + ptr.Deref(s.Path, "")
	}
	address := ptr.Deref(c.URL, "")
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsLoopback() {
		return sluiceTarget + u.Path
	}
	return u.Host + u.Path
}

// sluiceTarget replaces the addresses of Sluice's webhook, so that they compare as equal.
const sluiceTarget = "sluice"

// selector returns a label selector; a missing one equals an empty one.
func selector(s *metav1.LabelSelector) metav1.LabelSelector {
	if s == nil {
		return metav1.LabelSelector{}
	}
	return *s
}

// Expected returns the webhooks of the manifests, by kind.
func Expected() (map[string][]Webhook, error) {
	first, second, _ := strings.Cut(manifests.Registration(), "\n---\n")
	var m admissionregistrationv1.MutatingWebhookConfiguration
	var v admissionregistrationv1.ValidatingWebhookConfiguration
	if err := errors.Join(yaml.UnmarshalStrict([]byte(first), &m), yaml.UnmarshalStrict([]byte(second), &v)); err != nil {
		return nil, fmt.Errorf("read the webhook configurations of the manifests: %w", err)
	}
	return map[string][]Webhook{Mutating: fromMutating(m.Webhooks), Validating: fromValidating(v.Webhooks)}, nil
}

// Differences lists the differences from the manifests that let requests pass unreviewed or block
// other requests.
func Differences(want, got []Webhook) []string {
	var list []string
	for _, w := range want {
		i := slices.IndexFunc(got, func(g Webhook) bool { return g.Name == w.Name })
		if i < 0 {
			list = append(list, w.Name+" is missing")
			continue
		}
		for _, field := range []string{"clientConfig", "failurePolicy", "matchConditions", "matchPolicy", "namespaceSelector", "objectSelector", "reinvocationPolicy", "rules"} {
			if !equality.Semantic.DeepEqual(w.compared[field], got[i].compared[field]) {
				list = append(list, fmt.Sprintf("%s: %s differs from the manifests", w.Name, field))
			}
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(want, func(w Webhook) bool { return w.Name == g.Name }) {
			list = append(list, g.Name+" is not in the manifests")
		}
	}
	return list
}
