package registration

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
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
	// fields are all other fields as in JSON, with the default values of the API server.
	fields map[string]any
}

// Read returns the webhooks of an object of one of the two kinds.
func Read(kind string, object map[string]any) ([]Webhook, error) {
	switch kind {
	case Mutating:
		var m admissionregistrationv1.MutatingWebhookConfiguration
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, &m); err != nil {
			return nil, err
		}
		return fromMutating(m.Webhooks)
	case Validating:
		var v admissionregistrationv1.ValidatingWebhookConfiguration
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, &v); err != nil {
			return nil, err
		}
		return fromValidating(v.Webhooks)
	}
	return nil, fmt.Errorf("%s is not a webhook configuration", kind)
}

// Expected returns the webhooks of the manifests, with those that are optional and the rules that the
// controller writes, by kind.
func Expected() (map[string][]Webhook, error) {
	first, second, _ := strings.Cut(manifests.Registration(), "\n---\n")
	var m admissionregistrationv1.MutatingWebhookConfiguration
	var v admissionregistrationv1.ValidatingWebhookConfiguration
	if err := errors.Join(yaml.UnmarshalStrict([]byte(first), &m), yaml.UnmarshalStrict([]byte(second), &v)); err != nil {
		return nil, fmt.Errorf("read the webhook configurations of the manifests: %w", err)
	}
	optional, err := netObserv()
	if err != nil {
		return nil, err
	}
	v.Webhooks = append(v.Webhooks, optional...)
	rules, err := Rules()
	if err != nil {
		return nil, err
	}
	// The manifests leave the rules and the paths to the controller. Here the paths are the fixed ones.
	for i := range m.Webhooks {
		m.Webhooks[i].Rules = rules[m.Webhooks[i].Name]
		m.Webhooks[i].ClientConfig.Service.Path = new(FixedPath(Mutating))
	}
	for i := range v.Webhooks {
		v.Webhooks[i].Rules = rules[v.Webhooks[i].Name]
		v.Webhooks[i].ClientConfig.Service.Path = new(FixedPath(Validating))
	}
	mutating, err1 := fromMutating(m.Webhooks)
	validating, err2 := fromValidating(v.Webhooks)
	return map[string][]Webhook{Mutating: mutating, Validating: validating}, errors.Join(err1, err2)
}

func fromMutating(list []admissionregistrationv1.MutatingWebhook) ([]Webhook, error) {
	var webhooks []Webhook
	for _, w := range list {
		setDefaults(&w.FailurePolicy, &w.MatchPolicy, &w.NamespaceSelector, &w.ObjectSelector, &w.TimeoutSeconds)
		setDefault(&w.ReinvocationPolicy, admissionregistrationv1.NeverReinvocationPolicy)
		fields, err := fieldsOf(w, w.Rules)
		if err != nil {
			return nil, err
		}
		webhooks = append(webhooks, Webhook{w.Name, w.ClientConfig, fields})
	}
	return webhooks, nil
}

func fromValidating(list []admissionregistrationv1.ValidatingWebhook) ([]Webhook, error) {
	var webhooks []Webhook
	for _, w := range list {
		setDefaults(&w.FailurePolicy, &w.MatchPolicy, &w.NamespaceSelector, &w.ObjectSelector, &w.TimeoutSeconds)
		fields, err := fieldsOf(w, w.Rules)
		if err != nil {
			return nil, err
		}
		webhooks = append(webhooks, Webhook{w.Name, w.ClientConfig, fields})
	}
	return webhooks, nil
}

// setDefaults sets the default values of admissionregistration.k8s.io/v1.
func setDefaults(failure **admissionregistrationv1.FailurePolicyType, match **admissionregistrationv1.MatchPolicyType, namespaces, objects **metav1.LabelSelector, timeout **int32) {
	setDefault(failure, admissionregistrationv1.Fail)
	setDefault(match, admissionregistrationv1.Equivalent)
	setDefault(namespaces, metav1.LabelSelector{})
	setDefault(objects, metav1.LabelSelector{})
	setDefault(timeout, 10)
}

func setDefault[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

// fieldsOf returns all fields of a webhook except its name and what it calls.
func fieldsOf(webhook any, rules []admissionregistrationv1.RuleWithOperations) (map[string]any, error) {
	text, err := json.Marshal(webhook)
	if err != nil {
		return nil, fmt.Errorf("encode a webhook: %w", err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("decode a webhook: %w", err)
	}
	if list, ok := fields["rules"].([]any); ok {
		for i, r := range rules {
			if rule, ok := list[i].(map[string]any); ok && r.Scope == nil {
				rule["scope"] = string(admissionregistrationv1.AllScopes)
			}
		}
	}
	delete(fields, "name")
	delete(fields, "clientConfig")
	return fields, nil
}
