package install

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// TestEachOverlayComesAndGoes installs each, installs it again, and removes it, so that nothing is left
// for the next one.
func TestEachOverlayComesAndGoes(t *testing.T) {
	openShift, other := bare(t), bare(t)
	if err := openShift.InstallOpenShift(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*cluster.ControlPlane{openShift, other} {
		certManager(t, c)
	}
	for _, name := range overlays(t) {
		t.Run(name, func(t *testing.T) {
			c := openShift
			if strings.HasPrefix(name, "vanilla") { // these bring what OpenShift has
				c = other
			}
			o, err := c.Overlay(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if networkCRDRefused(t, c, o) {
				return
			}
			comesAndGoes(t, c, o)
		})
	}
}

// TestOnOpenShiftWithOtherCertificates installs the overlays that need a component there. An
// API server without OpenShift's controllers can't say that the agents start; that the
// component gives them what the overlay openshift does, is test/packaging's.
func TestOnOpenShiftWithOtherCertificates(t *testing.T) {
	c := bare(t)
	if err := c.InstallOpenShift(t.Context()); err != nil {
		t.Fatal(err)
	}
	certManager(t, c)
	for _, name := range []string{"managed", "cert-manager", "localhost"} {
		t.Run(name, func(t *testing.T) {
			o, err := c.OverlayIn(t.Context(), composed(t, "@/overlays/"+name, "@/components/openshift"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Apply(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			get := []string{"get", "securitycontextconstraints/sluice-agent", "-o", "jsonpath={.users[0]}"}
			if r, err := c.Must(t.Context(), cluster.Command{User: cluster.Admin, Args: get}); err != nil || r.Stdout != cluster.AgentUser {
				t.Errorf("the SCC is for %q (%v)", r.Stdout, err)
			}
			if err := c.Remove(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// certManager installs the CRDs of cert-manager.
func certManager(t *testing.T, c *cluster.ControlPlane) {
	t.Helper()
	crds, err := filepath.Glob(filepath.Join(root(t), "bin", "certmanager", "crds", "*.yaml"))
	if err != nil || len(crds) == 0 {
		t.Fatalf("no CRDs of cert-manager (%v); run \"make certmanager\"", err)
	}
	args := []string{"apply", "--server-side"}
	for _, crd := range crds {
		args = append(args, "-f", crd)
	}
	if _, err := c.Must(t.Context(), cluster.Command{User: cluster.Admin, Args: args}); err != nil {
		t.Fatal(err)
	}
	wait := []string{"wait", "--for=condition=Established", "--timeout=60s", "crd/issuers.cert-manager.io", "crd/certificates.cert-manager.io"}
	if _, err := c.Must(t.Context(), cluster.Command{User: cluster.Admin, Args: wait}); err != nil {
		t.Fatal(err)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// overlays are the names of all overlays.
func overlays(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root(t), "manifests", "overlays"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// bare is a cluster without OpenShift's CRDs.
func bare(t *testing.T) *cluster.ControlPlane {
	t.Helper()
	c, err := cluster.StartControlPlane(t.Context(), cluster.Users())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func comesAndGoes(t *testing.T, c *cluster.ControlPlane, o *cluster.Overlay) {
	t.Helper()
	first, err := c.Apply(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(first.All(), "Warning") {
		t.Errorf("the API server warns, of pod security perhaps:\n%s", first.All())
	}
	before := versions(t, c, o)
	if _, err := c.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if after := versions(t, c, o); after != before {
		t.Errorf("applying again changes something:\n%s\n%s", before, after)
	}
	if err := c.Remove(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	list := "namespace,mutatingwebhookconfiguration,validatingwebhookconfiguration,validatingadmissionpolicy,validatingadmissionpolicybinding,deployment,daemonset,service,serviceaccount,role,rolebinding,clusterrole,clusterrolebinding,networkpolicy,pdb"
	left, err := c.Must(t.Context(), cluster.Command{User: cluster.Admin, Args: []string{"get", list, "-A", "-l", "app.kubernetes.io/name=sluice", "-o", "name"}})
	if err != nil || left.Stdout != "" {
		t.Errorf("left behind (%v): %s", err, left.Stdout)
	}
	crds, err := c.Must(t.Context(), cluster.Command{User: cluster.Admin, Args: []string{"get", "crd", "-o", "name"}})
	if err != nil || strings.Contains(crds.Stdout, "sluice.dev") {
		t.Errorf("left behind (%v): %s", err, crds.Stdout)
	}
}

// networkCRDRefused applies an overlay that brings the Network CRD to Kubernetes 1.30, which refuses
// some of its rules and stores all the rest; false with any other overlay or version.
func networkCRDRefused(t *testing.T, c *cluster.ControlPlane, o *cluster.Overlay) bool {
	t.Helper()
	if c.Minor > 30 || !strings.HasPrefix(o.Name, "vanilla") {
		return false
	}
	apply := cluster.Command{User: cluster.Admin, Stdin: o.Manifest, Args: []string{"apply", "--server-side", "--field-manager=gitops", "-f", "-"}}
	r, err := c.Run(t.Context(), apply)
	if err != nil || r.OK() || !strings.Contains(r.Stderr, `The CustomResourceDefinition "networks.operator.openshift.io" is invalid`) || !strings.Contains(r.Stderr, "undeclared reference to 'isCIDR'") {
		t.Errorf("%v, exit %d: %s", err, r.Code, r.All())
	}
	if got := strings.Count(r.Stdout, " serverside-applied\n"); got != len(o.Objects)-1 {
		t.Errorf("%d of %d objects are stored: %s", got, len(o.Objects), r.All())
	}
	return true
}

// versions are the resource versions of an overlay's objects.
func versions(t *testing.T, c *cluster.ControlPlane, o *cluster.Overlay) string {
	t.Helper()
	r, err := c.Must(t.Context(), cluster.Command{
		User: cluster.Admin, Stdin: o.Manifest,
		Args: []string{"get", "-f", "-", "-o", `jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}`},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Stdout
}

// TestVanillaWithIPv6 stores collectors with IPv6 addresses, which OpenShift's CRD refuses.
func TestVanillaWithIPv6(t *testing.T) {
	c := bare(t)
	o, err := c.Overlay(t.Context(), "vanilla-ipv6")
	if err != nil {
		t.Fatal(err)
	}
	if networkCRDRefused(t, c, o) {
		return
	}
	if _, err := c.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	// Nobody answers for the webhook here; this is about what the CRD stores.
	run := func(args ...string) {
		t.Helper()
		if _, err := c.Must(t.Context(), cluster.Command{User: cluster.Admin, Args: args}); err != nil {
			t.Fatal(err)
		}
	}
	run("wait", "--for=condition=Established", "--timeout=60s", "crd/networks.operator.openshift.io")
	run("delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice")
	network := `{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}, spec: {exportNetworkFlows: {ipfix: {collectors: ["[2001:db8::1]:4739"]}}}}`
	if _, err := c.Must(context.WithoutCancel(t.Context()), cluster.Command{User: cluster.Admin, Stdin: network, Args: []string{"apply", "-f", "-"}}); err != nil {
		t.Error(err)
	}
	spec, err := o.PodSpec("Deployment", "sluice-webhook")
	if err != nil || !strings.Contains(strings.Join(spec.Containers[0].Args, " "), "--ip-families=ipv4,ipv6") {
		t.Errorf("the webhook would refuse it: %v %v", spec.Containers, err)
	}
}
