package doctor

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/sluice-project/sluice/manifests"
)

// hook is what both kinds of webhooks have in common.
type hook struct {
	name         string
	clientConfig admissionregistrationv1.WebhookClientConfig
	compared     map[string]any
}

func fromMutating(list []admissionregistrationv1.MutatingWebhook) []hook {
	var hooks []hook
	for _, w := range list {
		hooks = append(hooks, hook{w.Name, w.ClientConfig, map[string]any{
			"rules": w.Rules, "matchConditions": w.MatchConditions, "namespaceSelector": selector(w.NamespaceSelector), "objectSelector": selector(w.ObjectSelector),
			"failurePolicy": w.FailurePolicy, "matchPolicy": w.MatchPolicy, "reinvocationPolicy": w.ReinvocationPolicy,
		}})
	}
	return hooks
}

func fromValidating(list []admissionregistrationv1.ValidatingWebhook) []hook {
	var hooks []hook
	for _, w := range list {
		hooks = append(hooks, hook{w.Name, w.ClientConfig, map[string]any{
			"rules": w.Rules, "matchConditions": w.MatchConditions, "namespaceSelector": selector(w.NamespaceSelector), "objectSelector": selector(w.ObjectSelector),
			"failurePolicy": w.FailurePolicy, "matchPolicy": w.MatchPolicy,
		}})
	}
	return hooks
}

// selector is a label selector; an empty one and none are the same.
func selector(s *metav1.LabelSelector) metav1.LabelSelector {
	if s == nil {
		return metav1.LabelSelector{}
	}
	return *s
}

// wanted are the webhooks of the manifests.
func wanted() (mutating, validating []hook, err error) {
	first, second, _ := strings.Cut(manifests.Registration(), "\n---\n")
	var m admissionregistrationv1.MutatingWebhookConfiguration
	var v admissionregistrationv1.ValidatingWebhookConfiguration
	err = errors.Join(yaml.UnmarshalStrict([]byte(first), &m), yaml.UnmarshalStrict([]byte(second), &v))
	return fromMutating(m.Webhooks), fromValidating(v.Webhooks), err
}

// differences says how a registration differs from the manifests, where that lets requests
// by or blocks others.
func differences(want, got []hook) []string {
	var list []string
	for _, w := range want {
		i := slices.IndexFunc(got, func(g hook) bool { return g.name == w.name })
		if i < 0 {
			list = append(list, w.name+" is missing")
			continue
		}
		for _, field := range []string{"failurePolicy", "matchConditions", "matchPolicy", "namespaceSelector", "objectSelector", "reinvocationPolicy", "rules"} {
			if !equality.Semantic.DeepEqual(w.compared[field], got[i].compared[field]) {
				list = append(list, fmt.Sprintf("%s of %s is another", field, w.name))
			}
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(want, func(w hook) bool { return w.name == g.name }) {
			list = append(list, g.name+" is not Sluice's")
		}
	}
	return list
}

// soon is how long before its end a CA is worth a word.
const soon = 7 * 24 * time.Hour

// trust says what is wrong with the CA that the API server trusts a webhook by; empty if
// nothing is. A bundle is good as long as one of its certificates is.
func trust(bundle []byte, now time.Time) string {
	if len(bundle) == 0 {
		return "has no caBundle, so the API server trusts only public authorities; is the certificate's issuer running?"
	}
	var last time.Time
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err == nil && c.NotAfter.After(last) {
			last = c.NotAfter
		}
	}
	switch {
	case last.IsZero():
		return "has a caBundle without a certificate in it"
	case now.After(last):
		return "has a caBundle whose last certificate expired at " + last.UTC().Format(time.RFC3339)
	case now.Add(soon).After(last):
		return "has a caBundle whose last certificate expires at " + last.UTC().Format(time.RFC3339)
	}
	return ""
}
