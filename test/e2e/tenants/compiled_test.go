package tenants

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/test/harness/cluster"
)

// oldestWithIP is the first minor version of Kubernetes that stores admission policies with isIP.
const oldestWithIP = 31

// attempt is one change by one user.
type attempt struct {
	user, namespace, name, collectors string
}

func attempts() []attempt {
	var list []attempt
	for _, collectors := range []string{
		`["10.20.0.5:4739"]`, `["10.20.9.9:4739"]`, `["10.30.0.5:4739"]`, `["10.20.0.5:4739","10.30.0.5:1"]`, `["10.20.0.5:9999"]`,
		`["[2001:db8::5]:4739"]`, `["[2001:db9::5]:4739"]`, `["[2001:0db8::5]:4739"]`, `["10.20.0.5:4739","10.20.0.6:4739","10.20.0.7:4739"]`,
		`["10.20.0.05:4739"]`, `["10.20.0.5"]`, `[]`, `["10.20.0.5:4739","10.20.0.5:4739"]`,
		`["127.0.0.1:4739"]`, `["10.20.0.5:4739","169.254.169.254:4739"]`, `["224.0.0.1:4739"]`, `["239.255.0.1:4739"]`, `["223.0.0.1:4739"]`, `["128.0.0.1:4739"]`,
		`["[::1]:4739"]`, `["[fe80::1]:4739"]`, `["[febf:1::1]:4739"]`, `["[fec0::1]:4739"]`, `["[ff02::1]:4739"]`, `["[fd69::2]:4739"]`, `["[fd69::1:2]:4739"]`,
		`["[::7f00:1]:4739"]`, `["[64:ff9b::7f00:1]:4739"]`, `["[64:ff9b::a9fe:a9fe]:4739"]`, `["[64:ff9b::5:1]:4739"]`, `["[64:ff9b::a14:5]:4739"]`, `["[64:ff9b::e000:1]:4739"]`,
	} {
		list = append(list, attempt{alice, "team-a", "new", collectors}, attempt{bob, "team-b", "new", collectors}, attempt{"root", "team-a", "new", collectors}, attempt{alice, "team-a", "stored", collectors})
	}
	return list
}

func (a attempt) String() string {
	return fmt.Sprintf("%s %s/%s %s", a.user, a.namespace, a.name, a.collectors)
}

// try sends the change in a dry run, and gives the warnings.
func (a attempt) try(t *testing.T) (warnings string, err error) {
	t.Helper()
	var heard hearing
	config := rest.CopyConfig(shared.As(cluster.Admin))
	config.Impersonate = rest.ImpersonationConfig{UserName: a.user, Groups: []string{"system:masters"}}
	config.WarningHandler = &heard
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	var object unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(export(a.namespace, a.name, a.collectors)), &object.Object); err != nil {
		t.Fatal(err)
	}
	exports := client.Resource(v1alpha1.GroupVersion.WithResource("flowexports")).Namespace(a.namespace)
	_, err = exports.Apply(t.Context(), a.name, &object, metav1.ApplyOptions{DryRun: []string{metav1.DryRunAll}, Force: true, FieldManager: "kubectl"})
	if err != nil && apierrors.ReasonForError(err) == metav1.StatusReasonUnknown {
		t.Fatal(err)
	}
	return strings.Join(heard, "\n"), err
}

// hearing are the warnings of one answer.
type hearing []string

// HandleWarningHeader implements rest.WarningHandler.
func (h *hearing) HandleWarningHeader(_ int, _, text string) { *h = append(*h, text) }

// The compiled admission policies allow what the webhook allows, and nothing else. What the webhook
// would put right is rejected.
func TestCompiledPoliciesAgreeWithTheWebhook(t *testing.T) {
	reset(t)
	program, err := cluster.BuildSluice(t.Context(), shared.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kubectl(t, cluster.Admin, "", "delete", "validatingadmissionpolicies,validatingadmissionpolicybindings", "-l", "app.kubernetes.io/name=sluice,test=compiled")
		if err := shared.Register(context.WithoutCancel(t.Context()), shared.sluice); err != nil {
			t.Error(err)
		}
	})
	if shared.Minor < oldestWithIP {
		out, err := exec.CommandContext(t.Context(), program, "policy", "compile").Output()
		if err != nil {
			t.Fatal(err)
		}
		refused(t, kubectl(t, cluster.Admin, string(out), "apply", "--server-side", "--dry-run=server", "-f", "-"), `"sluice-flowexports" is invalid`)
		return
	}
	for i, set := range [][]string{
		nil,
		{`{namespaces: {names: [team-a]}, allow: [{destinations: [10.20.0.0/16, "2001:db8::/32"], ports: ["4739"]}], maxCollectors: 2}`},
		{`{namespaces: {selector: {matchLabels: {stage: production}}}, subjects: [{kind: User, name: alice}], allow: [{formats: [IPFIX]}], deny: [{destinations: [10.20.9.0/24]}]}`},
		{`{namespaces: {selector: {matchExpressions: [{key: stage, operator: NotIn, values: [production]}]}}, allow: [{destinations: [10.0.0.0/8]}]}`, `{namespaces: {selector: {}}, enforcement: Warn, allow: [{destinations: [10.30.0.0/16]}], deny: [{}]}`},
		{`{namespaces: {selector: {matchExpressions: [{key: stage, operator: Exists}, {key: other, operator: DoesNotExist}]}}, exempt: [{kind: User, name: root}], allow: [{}]}`},
		{`{allow: [{}]}`},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) { agrees(t, program, set) })
	}
}

func agrees(t *testing.T, program string, set []string) {
	if err := shared.Register(t.Context(), shared.sluice); err != nil {
		t.Fatal(err)
	}
	policies(t, teamA)
	must(t, cluster.Admin, export("team-a", "stored", `["10.20.0.5:4739"]`), "apply", "--server-side", "--force-conflicts", "-f", "-")
	policies(t, set...)
	want := map[string]bool{}
	eventually(t, func() string {
		for _, a := range attempts() {
			warnings, err := a.try(t)
			if err != nil && strings.Contains(err.Error(), "ValidatingAdmissionPolicy") {
				return "the policies of an earlier set are still in force: " + err.Error()
			}
			// With --normalization=mutate, what is put right passes with a warning.
			want[a.String()] = err == nil && !strings.Contains(warnings, "stored as") && !strings.Contains(warnings, "removed")
		}
		return ""
	})
	must(t, cluster.Admin, "", "delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice")
	file := filepath.Join(t.TempDir(), "policies.yaml")
	var text strings.Builder
	for i, spec := range set {
		fmt.Fprintf(&text, "---\napiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: tenants-%d}\nspec: %s\n", i, spec)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"policy", "compile", "--exempt-user=root"}
	if set != nil {
		args = append(args, "--policy", file)
	}
	command := exec.CommandContext(t.Context(), program, args...)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	manifest := strings.ReplaceAll(string(out), "app.kubernetes.io/name: sluice", "app.kubernetes.io/name: sluice\n    test: compiled")
	must(t, cluster.Admin, manifest, "apply", "--server-side", "--force-conflicts", "-f", "-")
	defer must(t, cluster.Admin, "", "delete", "validatingadmissionpolicies,validatingadmissionpolicybindings", "-l", "test=compiled")
	eventually(t, func() string {
		var wrong []string
		for _, a := range attempts() {
			if _, err := a.try(t); (err == nil) != want[a.String()] {
				wrong = append(wrong, fmt.Sprintf("%s: webhook allows %t; compiled: %v", a, want[a.String()], err))
			}
		}
		return strings.Join(wrong, "\n")
	})
}
