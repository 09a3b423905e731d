package packaging

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// TestAnInstallationWithoutImagesChangesNothing: a cluster with a registered webhook whose image
// can't be pulled would be worse than none.
func TestAnInstallationWithoutImagesChangesNothing(t *testing.T) {
	c := openShift(t)
	before := left(t, c)
	for _, args := range [][]string{
		{"install", "sluice", chart(t), "--namespace=sluice-system", "--create-namespace"},
		{"upgrade", "--install", "sluice", chart(t), "--namespace=sluice-system", "--create-namespace"},
	} {
		r := bareHelm(t, c.Kubeconfig(cluster.Admin), args...)
		for _, want := range []string{
			"webhook.image.repository is empty; write: --set webhook.image.repository=REGISTRY/sluice-webhook,webhook.image.tag=TAG",
			"agent.image.repository is empty; write: --set agent.image.repository=REGISTRY/sluice-agent,agent.image.tag=TAG",
			"Nothing was changed.",
		} {
			if r.OK() || !strings.Contains(r.Stderr, want) {
				t.Errorf("%s: exit %d, no %q in %s", args[0], r.Code, want, r.All())
			}
		}
	}
	if after := left(t, c); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("it left %v, before there was %v", after, before)
	}
	if releases := bareHelm(t, c.Kubeconfig(cluster.Admin), "list", "--all", "--all-namespaces", "--short"); releases.Stdout != "" {
		t.Errorf("releases: %s", releases.Stdout)
	}
	if namespaces := kubectl(t, c, "", "get", "namespaces", "-o", "name"); strings.Contains(namespaces, "namespace/sluice") {
		t.Errorf("namespaces: %s", namespaces)
	}
	if r := bareHelm(t, c.Kubeconfig(cluster.Admin), "install", "sluice", chart(t), "--namespace=default", "--dry-run=server", "--set=webhook.image.repository=r/w,agent.enabled=false"); !r.OK() {
		t.Errorf("without agents: %s", r.All())
	}
}
