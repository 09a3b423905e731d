package packaging

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadValuesAreRefused by Helm, with a message that says where.
func TestBadValuesAreRefused(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"replicas=3", "additional properties 'replicas' not allowed"},
		{"webhook.replica=3", "at '/webhook': additional properties 'replica' not allowed"},
		{"webhook.failurePolicy=Ignore", "additional properties 'failurePolicy' not allowed"},
		{"webhook.timeoutSeconds=1", "additional properties 'timeoutSeconds' not allowed"},
		{"webhook.matchConditions={}", "additional properties 'matchConditions' not allowed"},
		{"webhook.replicas=0", "at '/webhook/replicas': minimum: got 0, want 1"},
		{"webhook.policies=off", "at '/webhook/policies': got string, want boolean"},
		{"webhook.normalization=repair", "at '/webhook/normalization': value must be one of 'mutate', 'reject'"},
		{"webhook.tlsMinVersion=1.1", "at '/webhook/tlsMinVersion': value must be one of '1.2', '1.3'"},
		{"webhook.image.digest=sha256:1", "at '/webhook/image/digest': 'sha256:1' does not match pattern"},
		{"webhook.image.tag=a b", "at '/webhook/image/tag': 'a b' does not match pattern"},
		{"webhook.image.repository=", "webhook.image.repository is empty; write: --set webhook.image.repository=REGISTRY/sluice-webhook,webhook.image.tag=TAG\nNothing was changed."},
		{"agent.image.repository=", "agent.image.repository is empty; write: --set agent.image.repository=REGISTRY/sluice-agent,agent.image.tag=TAG\nNothing was changed."},
		{"webhook.image.repository=-x", "at '/webhook/image/repository'"},
		{"webhook.resources.request.cpu=1", "at '/webhook/resources': additional properties 'request' not allowed"},
		{"webhook.tolerations[0].efect=x", "additional properties 'efect' not allowed"},
		{"webhook.extraArgs={drain}", "'drain' does not match pattern"},
		{"agent.mode=observed", "at '/agent/mode': value must be one of 'enforce', 'observe', 'cleanup'"},
		{"agent.maxUnavailable=0%", "at '/agent/maxUnavailable'"},
		{"agent.hostPaths.ovn=run", "at '/agent/hostPaths/ovn': 'run' does not match pattern '^/'"},
		{"monitoring.runbookURL=docs/runbooks", "at '/monitoring/runbookURL': 'docs/runbooks' does not match pattern"},
		{"ipFamilies={ipv6}", "at '/ipFamilies'"},
		{"ipFamilies={ipv4,ip6}", "at '/ipFamilies/1': value must be one of 'ipv4', 'ipv6'"},
		{"certificates.mode=certmanager", "at '/certificates/mode': value must be one of"},
		{"certificates.mode=files", "at '/certificates/caBundle': '' does not match pattern '-----BEGIN CERTIFICATE-----'"},
		{"platform=okd", "at '/platform': value must be one of 'kubernetes', 'openshift'"},
		{"createNamespaces=true", "at '/createNamespaces'"},
		{"webhook.mode=localhost,certificates.mode=cert-manager", "certificates.mode=cert-manager makes a certificate for the Service, which API servers don't call with webhook.mode=localhost"},
		{"webhook.mode=localhost,certificates.mode=openshift", "leave certificates.mode at auto"},
		{"platform=openshift,networkCRD.install=true", "networkCRD.install=true would replace OpenShift's own Network CRD; leave it at false with platform=openshift"},
	} {
		if r := template(t, "--set", c.set); r.OK() || !strings.Contains(r.Stderr, c.want) {
			t.Errorf("%s: exit %d, no %q in: %s", c.set, r.Code, c.want, r.Stderr)
		}
	}
}

func TestHelmLint(t *testing.T) {
	if r := helm(t, "", "lint", "--strict", chart(t), version); !r.OK() {
		t.Error(r.All())
	}
	older := helm(t, "", "template", chart(t), "--kube-version=1.29.0")
	if older.OK() || !strings.Contains(older.Stderr, "chart requires kubeVersion: >=1.30.0-0") {
		t.Errorf("Kubernetes 1.29: %s", older.Stderr)
	}
}

// TestTheArchive holds all that the folder holds.
func TestTheArchive(t *testing.T) {
	dir := t.TempDir()
	if r := helm(t, "", "package", chart(t), "--destination", dir); !r.OK() {
		t.Fatal(r.All())
	}
	for _, set := range []string{"networkCRD.install=true,monitoring.enabled=true", "certificates.mode=cert-manager,platform=openshift"} {
		packed := helm(t, "", "template", "sluice", filepath.Join(dir, "sluice-0.1.0.tgz"), version, "--set", set)
		if folder := template(t, "--set", set); !packed.OK() || packed.Stdout != folder.Stdout {
			t.Errorf("%s: the archive renders something else: %s", set, packed.Stderr)
		}
	}
}

// TestAPartOfAnotherChart gives the same objects, though Helm then adds values of its own.
func TestAPartOfAnotherChart(t *testing.T) {
	parent := t.TempDir()
	if err := os.CopyFS(filepath.Join(parent, "charts", "sluice"), os.DirFS(chart(t))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(parent, "Chart.yaml"), []byte("{apiVersion: v2, name: parent, version: 1.0.0}"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := helm(t, "", "template", "sluice", parent, version, "--set", "sluice.webhook.replicas=3,global.a=b,sluice.webhook.image.repository=r/s,sluice.agent.image.repository=r/a")
	if !r.OK() {
		t.Fatal(r.All())
	}
	if got := at(t, byName(t, parse(t, r.Stdout))[deployment], "spec/replicas"); got != "3" {
		t.Errorf("replicas: %s", got)
	}
}
