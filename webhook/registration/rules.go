package registration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"sluice/manifests"
)

// Rules returns the rules of each webhook, by its name.
func Rules() (map[string][]admissionregistrationv1.RuleWithOperations, error) {
	var rules map[string][]admissionregistrationv1.RuleWithOperations
	if err := yaml.UnmarshalStrict([]byte(manifests.Rules()), &rules); err != nil {
		return nil, fmt.Errorf("read the rules of the webhooks: %w", err)
	}
	return rules, nil
}

// rulesField is the field of a webhook that selects requests.
const rulesField = "rules"

// Active reports whether API servers call a webhook: it has rules.
func (w Webhook) Active() bool {
	list, ok := w.fields[rulesField].([]any)
	return ok && len(list) > 0
}

// Active reports whether API servers call any of the webhooks. An installation is not active until
// [Watch.PublishRules] ran for the first time.
func Active(list []Configuration) bool {
	return slices.ContainsFunc(list, func(c Configuration) bool { return slices.ContainsFunc(c.Webhooks, Webhook.Active) })
}

// PublishRules makes API servers send the requests that the rules select. It writes only rules, and
// only those that differ. Like Publish, it may run in several processes.
func (w *Watch) PublishRules(ctx context.Context, client dynamic.Interface) error {
	list, _ := w.State()
	var problems []error
	for _, c := range list {
		patch := rulesPatch(c, w.wanted[c.Kind])
		if patch == nil {
			continue
		}
		body, err := json.Marshal(patch)
		if err != nil {
			return fmt.Errorf("encode the patch of rules: %w", err)
		}
		_, err = client.Resource(Resource(c.Kind)).Patch(ctx, Name, types.JSONPatchType, body, metav1.PatchOptions{FieldManager: FieldManager})
		if outdated(err) && w.outdatedFirst(c, rulesField) {
			continue
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("write the rules into %s %s: %w", c.Kind, Name, err))
			continue
		}
		w.log.Info("rules written into the webhook configuration: API servers call the webhook", "kind", c.Kind)
	}
	return errors.Join(problems...)
}

// rulesPatch changes the rules that differ; nil if none do.
func rulesPatch(c Configuration, wanted []Webhook) []operation {
	var list []operation
	for i, h := range c.Webhooks {
		j := slices.IndexFunc(wanted, func(w Webhook) bool { return w.Name == h.Name })
		if j < 0 || !callsSluice(h.ClientConfig) || reflect.DeepEqual(h.fields[rulesField], wanted[j].fields[rulesField]) {
			continue
		}
		list = append(list, operation{"add", fmt.Sprintf("/webhooks/%d/rules", i), wanted[j].fields[rulesField]})
	}
	if list == nil {
		return nil
	}
	return append([]operation{{"test", "/metadata/resourceVersion", c.ResourceVersion}}, list...)
}
