package tenants

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// The users. alice and bob have the role "edit" of Sluice in their namespaces.
const (
	alice   = "alice"   // of team-a
	bob     = "bob"     // of team-b
	mallory = "mallory" // may do everything in team-a, with all subresources
)

func users() []cluster.User {
	return append(cluster.Users(), cluster.User{Name: alice}, cluster.User{Name: bob}, cluster.User{Name: mallory})
}

type suite struct {
	*cluster.ControlPlane
	sluice     *cluster.Sluice
	controller *cluster.Controller
	log        *cluster.Log
	// program is sluice-webhook.
	program string
}

var shared suite

const setup = `
apiVersion: v1
kind: Namespace
metadata: {name: team-a, labels: {stage: production}}
---
apiVersion: v1
kind: Namespace
metadata: {name: team-b}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenants, namespace: team-a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sluice-flowexports-edit}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenants, namespace: team-b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sluice-flowexports-edit}
subjects: [{kind: User, name: bob, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: team-a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sluice-flowexports-view}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everything}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: everything, namespace: team-a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
subjects: [{kind: User, name: mallory, apiGroup: rbac.authorization.k8s.io}]
`

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Suite{Users: users(), Start: start})
}

func start(ctx context.Context, c *cluster.ControlPlane) (func() error, error) {
	shared.ControlPlane, shared.log = c, &cluster.Log{}
	if err := errors.Join(c.InstallOpenShift(ctx), c.InstallPolicies(ctx), c.InstallAgents(ctx)); err != nil {
		return nil, err
	}
	manifests := setup
	for _, name := range []string{"webhook-rbac", "controller-rbac", "tenants-rbac", "tenants-admissionpolicy"} {
		text, err := os.ReadFile("../../../manifests/base/" + name + ".yaml")
		if err != nil {
			return nil, fmt.Errorf("read manifest: %w", err)
		}
		manifests += "---\n" + string(text)
	}
	apply := cluster.Command{User: cluster.Admin, Stdin: manifests, Args: []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}}
	if _, err := c.Must(ctx, apply); err != nil {
		return nil, err
	}
	program, err := cluster.BuildWebhook(ctx, c.Dir)
	if err != nil {
		return nil, err
	}
	kubeconfig, err := c.WebhookKubeconfig(ctx)
	if err != nil {
		return nil, err
	}
	shared.program = program
	shared.sluice, err = cluster.StartSluice(ctx, program, c.Dir, shared.log, "--role=serve", "--log-level=debug", "--policies=cluster", "--kubeconfig="+kubeconfig, "--exempt-user=root")
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, shared.log)
	}
	if err := c.Register(ctx, shared.sluice); err != nil {
		return nil, err
	}
	shared.controller, err = c.StartController(ctx, program, controllerArguments(), shared.log)
	return func() error { return errors.Join(shared.controller.Stop(), shared.sluice.Stop()) }, err
}

func controllerArguments() []string {
	return []string{"--role=control", "--certs=files", "--admission-policies=off"}
}

func kubectl(t *testing.T, user, stdin string, args ...string) cluster.Result {
	t.Helper()
	result, err := shared.Run(context.WithoutCancel(t.Context()), cluster.Command{User: user, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func must(t *testing.T, user, stdin string, args ...string) string {
	t.Helper()
	result := kubectl(t, user, stdin, args...)
	if !result.OK() {
		t.Fatalf("kubectl %s: %s", strings.Join(args, " "), result.All())
	}
	return result.Stdout
}

func passes(t *testing.T, r cluster.Result) {
	t.Helper()
	if !r.OK() {
		t.Errorf("refused: %s", r.All())
	}
}

func refused(t *testing.T, r cluster.Result, texts ...string) {
	t.Helper()
	if r.OK() {
		t.Errorf("passed: %s", r.All())
	}
	for _, text := range texts {
		if !strings.Contains(r.All(), text) {
			t.Errorf("does not say %q:\n%s", text, r.All())
		}
	}
}

// eventually waits for a condition; ask says what is missing.
func eventually(t *testing.T, ask func() string) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string { return ask() }); err != nil {
		t.Fatalf("%v\n%s", err, shared.log)
	}
}

// policies replaces all policies, and waits until they are in force.
func policies(t *testing.T, specs ...string) {
	t.Helper()
	must(t, cluster.Admin, "", "delete", "flowexportpolicies", "--all")
	for i, spec := range specs {
		must(t, cluster.Admin, fmt.Sprintf("apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: tenants-%d}\nspec: %s\n", i, spec), "apply", "-f", "-")
	}
	if len(specs) > 0 {
		must(t, cluster.Admin, "", "wait", "--for=condition=Ready", "--timeout=60s", "flowexportpolicies", "--all")
		return
	}
	eventually(t, func() string {
		if r := kubectl(t, cluster.Admin, export("team-a", "probe", `["10.20.0.5:4739"]`), "create", "--dry-run=server", "-f", "-"); r.OK() {
			return "the deletion of the policies is not in force"
		}
		return ""
	})
}

// reset removes what tests made.
func reset(t *testing.T) {
	t.Helper()
	must(t, cluster.Admin, "", "delete", "flowexports", "--all", "--all-namespaces")
	must(t, cluster.Admin, "", "label", "namespace", "team-a", "--overwrite", "stage=production")
	policies(t)
}

// teamA is a policy that lets team-a send to 10.20.0.0/16.
const teamA = `{namespaces: {names: [team-a]}, allow: [{formats: [IPFIX], destinations: [10.20.0.0/16, "2001:db8::/32"]}]}`

func export(namespace, name, collectors string) string {
	return fmt.Sprintf("apiVersion: sluice.dev/v1alpha1\nkind: FlowExport\nmetadata: {name: %s, namespace: %s}\nspec: {ipfix: {collectors: %s}}\n", name, namespace, collectors)
}

func create(t *testing.T, user, namespace, name, collectors string) cluster.Result {
	t.Helper()
	return kubectl(t, user, export(namespace, name, collectors), "create", "-f", "-")
}

// accepted waits until the condition Accepted has a reason for the current generation.
func accepted(t *testing.T, name, reason string) {
	t.Helper()
	eventually(t, func() string {
		got := must(t, cluster.Admin, "", "get", "flowexport", "-n", "team-a", name, "-o", `jsonpath={.metadata.generation} {.status.observedGeneration} {.status.conditions[?(@.type=="Accepted")].status} {.status.conditions[?(@.type=="Accepted")].reason}`)
		fields := strings.Fields(got)
		if len(fields) != 4 || fields[0] != fields[1] || fields[3] != reason || (fields[2] == "True") != (reason == "Allowed") {
			return fmt.Sprintf("%s is %s, want %s", name, got, reason)
		}
		return ""
	})
}
