package registration

import (
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/yaml"

	"sluice/manifests"
)

// FlowCollectors is the name of the webhook for NetObserv's FlowCollector. An installation has it
// only with the component netobserv.
const FlowCollectors = "flowcollectors.validate.sluice.dev"

// isOptional reports whether an installation may lack a webhook of the manifests.
func isOptional(name string) bool { return name == FlowCollectors }

// netObserv returns the webhooks that the component netobserv adds.
func netObserv() ([]admissionregistrationv1.ValidatingWebhook, error) {
	var patch []struct {
		Op    string                                    `json:"op"`
		Path  string                                    `json:"path"`
		Value admissionregistrationv1.ValidatingWebhook `json:"value"`
	}
	if err := yaml.UnmarshalStrict([]byte(manifests.NetObserv()), &patch); err != nil {
		return nil, fmt.Errorf("read the webhook for NetObserv in the manifests: %w", err)
	}
	var list []admissionregistrationv1.ValidatingWebhook
	for _, p := range patch {
		list = append(list, p.Value)
	}
	return list, nil
}
