package install

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/replicas"
	"sluice/test/harness/require"
)

// TestAPartThatIsRefusedBreaksNothing installs on API servers that refuse a part of the manifests, as a
// version that is too old does, and then edits the lists as users and the Cluster Network Operator do.
func TestAPartThatIsRefusedBreaksNothing(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		// change makes a part of the manifests one that API servers refuse.
		change func(string) string
		// refused is what kubectl says of it.
		refused string
		// starts is whether the webhook works all the same.
		starts bool
	}{
		"a rule of the CRD of the policies": {
			change: func(manifest string) string {
				return strings.Replace(manifest, "has(self.__namespace__)", "self.unknownToThisVersion()", 1)
			},
			refused: `The CustomResourceDefinition "flowexportpolicies.sluice.dev" is invalid`,
		},
		"the API of admission policies": {
			flags: []string{
				"runtime-config=admissionregistration.k8s.io/v1/validatingadmissionpolicies=false,admissionregistration.k8s.io/v1/validatingadmissionpolicybindings=false",
				"disable-admission-plugins=ServiceAccount,ValidatingAdmissionPolicy",
			},
			refused: `no matches for kind "ValidatingAdmissionPolicy" in version "admissionregistration.k8s.io/v1"`,
			starts:  true,
		},
		"the Deployment of the webhook": {
			change: func(manifest string) string {
				return strings.Replace(manifest, "  replicas: 2\n", "  replicas: -2\n", 1)
			},
			refused: `The Deployment "sluice-webhook" is invalid`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			control := another(t, c.flags)
			o, err := control.Overlay(t.Context(), "managed")
			if err != nil {
				t.Fatal(err)
			}
			manifest := o.Manifest
			if c.change != nil {
				if manifest = c.change(o.Manifest); manifest == o.Manifest {
					t.Fatal("the manifest is unchanged")
				}
			}
			apply := cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"apply", "--server-side", "--field-manager=gitops", "-f", "-"}}
			r, err := control.Run(t.Context(), apply)
			if err != nil || r.OK() || !strings.Contains(r.Stderr, c.refused) {
				t.Fatalf("%v, exit %d, no %q in: %s", err, r.Code, c.refused, r.All())
			}
			if !strings.Contains(r.Stdout, "validatingwebhookconfiguration.admissionregistration.k8s.io/sluice serverside-applied") {
				t.Errorf("the webhook is not registered: %s", r.Stdout)
			}
			edits(t, control)
			runs(t, control, o, c.starts)
			edits(t, control)
			if c.starts {
				if err := control.WaitRefused(t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// another is a control plane like the shared one, with more flags.
func another(t *testing.T, more []string) *cluster.ControlPlane {
	t.Helper()
	_, sni, err := serviceCertificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	control, err := cluster.StartControlPlane(t.Context(), cluster.Users(), append([]string{"enable-aggregator-routing=true", sni}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := control.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := control.InstallOpenShift(t.Context()); err != nil {
		t.Fatal(err)
	}
	return control
}

// runs starts what would run in the pods of the installation, and waits until it has done all that it
// can do.
func runs(t *testing.T, control *cluster.ControlPlane, o *cluster.Overlay, starts bool) {
	t.Helper()
	var log cluster.Log
	arguments, controller := arguments(t, o, "Deployment"), controllerOf(t, o)
	if !starts {
		controls(t, control, controller, &log)
		return
	}
	set, err := replicas.Start(t.Context(), control, replicas.Options{Program: program, Arguments: arguments, Controller: controller, Log: &log})
	if errors.Is(err, replicas.ErrNoNamespaces) {
		require.Skip(t, err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := set.Add(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
}

func controllerOf(t *testing.T, o *cluster.Overlay) []string {
	t.Helper()
	arguments, err := o.Controller()
	if err != nil {
		t.Fatal(err)
	}
	return arguments
}

// controls runs the controller until it has written its authority and the paths, which it does
// without a replica. Without the CRD it does not get ready.
func controls(t *testing.T, control *cluster.ControlPlane, arguments []string, log *cluster.Log) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		running, err := control.StartController(ctx, program, arguments, log)
		if err != nil {
			return // stop ended the wait
		}
		<-ctx.Done()
		if err := running.Stop(); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	eventually(t, func() string {
		r, err := control.Must(t.Context(), cluster.Command{User: cluster.Admin, Args: []string{"get", "validatingwebhookconfiguration", "sluice", "-o", "jsonpath={.webhooks[0].clientConfig}"}})
		if err != nil || !strings.Contains(r.Stdout, "caBundle") || !strings.Contains(r.Stdout, "/validate/") {
			return "the controller did not write what it writes without a replica: " + r.Stdout
		}
		return ""
	})
}

// edits changes the lists in each way: every change passes that would pass without Sluice.
func edits(t *testing.T, control *cluster.ControlPlane) {
	t.Helper()
	patch := func(user, flows string) {
		t.Helper()
		r, err := control.Run(t.Context(), cluster.Command{User: user, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}})
		if err != nil || !r.OK() {
			t.Errorf("%s: %s: %v %s", user, flows, err, r.All())
		}
	}
	for _, user := range []string{cluster.NetAdmin, cluster.Operator} {
		patch(user, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`)
		patch(user, `{"ipfix":{"collectors":["192.0.2.1:4739","192.0.2.2:4739"]}}`)
		patch(user, `null`)
	}
	config := "{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config, namespace: openshift-network-operator}, data: {sampling: '100'}}"
	for _, c := range []cluster.Command{
		{User: cluster.NetAdmin, Stdin: config, Args: []string{"apply", "-f", "-"}},
		{User: cluster.NetAdmin, Args: []string{"patch", "configmap", "ovs-flows-config", "-n", "openshift-network-operator", "--type=merge", "-p", `{"data":{"sampling":"200"}}`}},
		{User: cluster.NetAdmin, Args: []string{"delete", "configmap", "ovs-flows-config", "-n", "openshift-network-operator"}},
		{User: cluster.Admin, Args: []string{"annotate", "network.operator", "cluster", "--overwrite", "example.com/edited=yes"}},
	} {
		if _, err := control.Must(t.Context(), c); err != nil {
			t.Errorf("%s: %v", c.User, err)
		}
	}
}
