package cluster

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/yaml"
)

//go:embed flowcollectors.yaml
var flowCollectors string

// InstallNetObserv installs a CRD of FlowCollector, and waits until it is served.
func (c *ControlPlane) InstallNetObserv(ctx context.Context) error {
	if _, err := c.Must(ctx, Command{User: Admin, Stdin: flowCollectors, Args: []string{"apply", "--server-side", "-f", "-"}}); err != nil {
		return err
	}
	wait := []string{"wait", "--for=condition=Established", "--timeout=60s", "crd/flowcollectors.flows.netobserv.io"}
	_, err := c.Must(ctx, Command{User: Admin, Args: wait})
	return err
}

// RegisterNetObserv adds the webhook of the component netobserv to the registration, for a webhook
// on loopback.
func (c *ControlPlane) RegisterNetObserv(ctx context.Context, s *Sluice) error {
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(root, "manifests", "components", "netobserv", "registration.yaml"))
	if err != nil {
		return fmt.Errorf("read the component netobserv: %w", err)
	}
	var patch []struct {
		Op    string                                    `json:"op"`
		Path  string                                    `json:"path"`
		Value admissionregistrationv1.ValidatingWebhook `json:"value"`
	}
	if err := yaml.UnmarshalStrict(text, &patch); err != nil {
		return fmt.Errorf("parse the component netobserv: %w", err)
	}
	for i := range patch {
		s.point(&patch[i].Value.ClientConfig, "/validate")
	}
	body, err := json.Marshal(patch)
	if err != nil {
		return fmt.Errorf("encode the component netobserv: %w", err)
	}
	_, err = c.Must(ctx, Command{User: Admin, Args: []string{"patch", "validatingwebhookconfiguration", "sluice", "--type=json", "-p", string(body)}})
	return err
}
