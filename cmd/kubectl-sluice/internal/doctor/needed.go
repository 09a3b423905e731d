package doctor

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
	"sluice/manifests"
)

// neededPolicies are those of the manifests: of every installation, and of the agents if there are agents.
func (c Cluster) neededPolicies(ctx context.Context) ([]string, error) {
	text := manifests.AdmissionPolicies()
	_, err := c.Client.Resource(kube.DaemonSets()).Namespace(v1alpha1.AgentNamespace).Get(ctx, v1alpha1.AgentDaemonSet, metav1.GetOptions{})
	switch {
	case err == nil:
		text += "\n---\n" + manifests.AgentAdmissionPolicies()
	case !apierrors.IsNotFound(err):
		return nil, err
	}
	return policiesIn(text)
}

// policiesIn names the admission policies of a YAML text.
func policiesIn(text string) ([]string, error) {
	var list []string
	for part := range strings.SplitSeq(text, "\n---\n") {
		var o metav1.PartialObjectMetadata
		if err := yaml.Unmarshal([]byte(part), &o); err != nil {
			return nil, fmt.Errorf("read the manifests of this program: %w", err)
		}
		if o.Kind == "ValidatingAdmissionPolicy" {
			list = append(list, o.Name)
		}
	}
	return list, nil
}

// missingEffect says what users can do without an admission policy.
func missingEffect(policy string) string {
	switch policy {
	case "sluice-agent-own-node":
		return ": an agent could write the reports of other nodes"
	case "sluice-agent-own-events":
		return ": an agent could record Events about other nodes"
	case "sluice-verify-only":
		return ": users who may request a verification could change the labels, owners and finalizers of reports"
	case statusPolicy:
		return ": users who may write the status of a FlowExport could accept it"
	case "sluice-flowexport-metadata":
		return ": tenants could store labels, owners and finalizers of any number, which are sent to all agents"
	}
	return ""
}
