package hostile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"sluice/test/harness/cluster"
	"sluice/test/harness/require"
)

// The users. All may patch Network.operator and the ConfigMap.
const (
	mary = "mary" // of team-a, which is bound by policies
	eve  = "eve"  // of contractors, and of 1,100 other groups before it
)

func users() []cluster.User {
	var groups []string
	for i := range 1100 {
		groups = append(groups, fmt.Sprintf("group-%d", i))
	}
	return append(
		cluster.Users(),
		cluster.User{Name: mary, Groups: []string{"network-team", "team-a"}},
		cluster.User{Name: eve, Groups: append(groups, "contractors", "network-team")},
	)
}

// The policies, and what is stored: a collector that mary may not remove.
const (
	policies = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: siem}
spec: {exempt: [{kind: Group, name: security}], required: [{format: IPFIX, collector: "10.0.0.5:4739"}]}
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow: [{destinations: [10.20.0.0/16]}]
  removal: OnlyAllowed
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: contractors}
spec:
  subjects: [{kind: Group, name: contractors}]
  deny: [{}]
`
	stored       = `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`
	storedTarget = "10.0.0.6:4739"
)

type suite struct {
	*cluster.ControlPlane
	cgroup *cgroup
	limit  int64
	sluice *cluster.Sluice
	log    *cluster.Log
	// rows are the table of the attacks.
	rows []string
}

var shared suite

func TestMain(m *testing.M) {
	if os.Geteuid() != 0 {
		os.Exit(m.Run()) // each test says what it needs
	}
	cluster.Main(m, cluster.Suite{Users: users(), Start: func(ctx context.Context, c *cluster.ControlPlane) (func() error, error) {
		shared.ControlPlane, shared.log = c, &cluster.Log{}
		if err := errors.Join(c.InstallOpenShift(ctx), c.InstallPolicies(ctx)); err != nil {
			return nil, err
		}
		if err := shared.start(ctx); err != nil {
			return nil, err
		}
		return func() error {
			fmt.Printf("| Input | Sent | Peak (VmHWM) |\n|---|---|---|\n%s\n", strings.Join(shared.rows, "\n"))
			return errors.Join(shared.sluice.Stop(), shared.cgroup.remove())
		}, nil
	}})
}

// start runs the webhook with the limit of the manifests, and registers it.
func (s *suite) start(ctx context.Context) error {
	overlay, err := s.Overlay(ctx, "managed")
	if err != nil {
		return err
	}
	pod, err := overlay.PodSpec("Deployment", "sluice-webhook")
	if err != nil {
		return err
	}
	s.limit = pod.Containers[0].Resources.Limits.Memory().Value()
	if s.cgroup, err = newCgroup(s.limit); err != nil {
		return err
	}
	program, err := cluster.BuildWebhook(ctx, s.Dir)
	if err != nil {
		return err
	}
	wrapped, err := s.cgroup.wrap(program, s.Dir, environment(pod.Containers[0])...)
	if err != nil {
		return err
	}
	kubeconfig, err := s.WebhookKubeconfig(ctx)
	if err != nil {
		return err
	}
	if s.sluice, err = cluster.StartSluice(ctx, wrapped, s.Dir, s.log, "--policies=cluster", "--kubeconfig="+kubeconfig); err != nil {
		return fmt.Errorf("%w\n%s", err, s.log)
	}
	if err := s.Register(ctx, s.sluice); err != nil {
		return err
	}
	return s.wait(ctx)
}

// wait lets the API server wait longer for answers: the tests are about memory and verdicts, and the API server itself
// needs seconds for some of the requests.
func (s *suite) wait(ctx context.Context) error {
	for _, kind := range []string{"mutatingwebhookconfiguration", "validatingwebhookconfiguration"} {
		names, err := s.Must(ctx, cluster.Command{User: cluster.Admin, Args: []string{"get", kind, "sluice", "-o", "jsonpath={.webhooks[*].name}"}})
		if err != nil {
			return err
		}
		var patch []string
		for i := range strings.Fields(names.Stdout) {
			patch = append(patch, fmt.Sprintf(`{"op":"replace","path":"/webhooks/%d/timeoutSeconds","value":30}`, i))
		}
		args := []string{"patch", kind, "sluice", "--type=json", "-p", "[" + strings.Join(patch, ",") + "]"}
		if _, err := s.Must(ctx, cluster.Command{User: cluster.Admin, Args: args}); err != nil {
			return err
		}
	}
	return nil
}

// environment is what the kubelet sets for a container.
func environment(c corev1.Container) []string {
	env := []string{"POD_NAMESPACE=" + cluster.SystemNamespace}
	for _, e := range c.Env {
		switch {
		case e.Value != "":
			env = append(env, e.Name+"="+e.Value)
		case e.ValueFrom != nil && e.ValueFrom.ResourceFieldRef != nil && e.ValueFrom.ResourceFieldRef.Resource == "limits.memory":
			env = append(env, fmt.Sprintf("%s=%d", e.Name, c.Resources.Limits.Memory().Value()))
		}
	}
	return env
}

// prepare stores the policies and the collectors that no attack may remove.
func prepare(t *testing.T) {
	t.Helper()
	require.Root(t, "a memory cgroup")
	must(t, cluster.Admin, "", "delete", "flowexportpolicies", "--all")
	must(t, cluster.Operator, "", "delete", "configmap", "-n", "openshift-network-operator", "--ignore-not-found", "ovs-flows-config")
	must(t, cluster.Operator, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":`+stored+`,"unsupportedConfigOverrides":null}}`)
	must(t, cluster.Operator, "", "create", "configmap", "-n", "openshift-network-operator", "ovs-flows-config", "--from-literal=sharedTarget="+storedTarget)
	apply(t, policies)
}

// apply puts policies into force: it waits until the webhook has them.
func apply(t *testing.T, manifest string) {
	t.Helper()
	must(t, cluster.Admin, manifest, "apply", "--server-side", "-f", "-")
	must(t, cluster.Admin, "", "wait", "--for=condition=Ready", "--timeout=300s", "flowexportpolicies", "--all")
}

func must(t *testing.T, user, stdin string, args ...string) cluster.Result {
	t.Helper()
	result, err := shared.Must(t.Context(), cluster.Command{User: user, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return result
}
