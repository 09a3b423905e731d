package monitoring

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// onNode is how commands begin that run on a node.
const onNode = "oc debug node/NODE -- chroot /host "

// commands are those of the runbooks, each once.
func commands(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, text := range books(t) {
		list = append(list, commandsOf(text)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// commandsOf are the commands of a page, in its order.
func commandsOf(page string) []string {
	var list []string
	for line := range strings.Lines(page) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, strings.TrimSpace(command))
		}
	}
	return list
}

// notRun says of parts of commands why they can't be run here; their flags are looked up.
var notRun = map[string]string{
	" logs ":                 "there are no pods",
	" describe pod":          "there are no pods",
	" describe $POD":         "there are no pods",
	" describe deployment":   "there are no Deployments",
	" top ":                  "there is no metrics server",
	" delete ":               "it takes away what other commands look at",
	" edit ":                 "it waits for an editor",
	"servicemonitors":        "the Prometheus Operator is not installed",
	"sluice-prometheus":      "the component is not installed",
	"secret sluice-webhook":  "the certificate is in files of the test",
	" verify ":               "it waits for traffic; test/e2e/applier runs it",
	onNode + "systemctl":     "the node has no systemd",
	"sluice policy test":     "test/e2e/policies runs it",
	"patch network.operator": "test/e2e/admission runs it",
}

func skipped(command string) bool {
	for part := range notRun {
		if strings.Contains(command, part) {
			return true
		}
	}
	return false
}

// commandsWork runs the runbooks' commands as they stand, where there is what they are about.
func (s *sources) commandsWork(t *testing.T) {
	folder, assets := t.TempDir(), filepath.Join(t.TempDir(), "bin")
	kubectl, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(assets, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, build := range []func(context.Context, string) (string, error){cluster.BuildPlugin, cluster.BuildSluice} {
		if _, err := build(t.Context(), assets); err != nil {
			t.Fatal(err)
		}
	}
	flows := "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\nspec: {exportNetworkFlows: {ipfix: {collectors: ['192.0.2.1:4739']}}}\n"
	for path, text := range map[string]string{"flows.yaml": flows, "clusters/east.yaml": flows, "policy.yaml": policies} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environment := append(s.node.Env(), "KUBECONFIG="+s.Kubeconfig(cluster.Admin), "HOME="+folder)
	for _, variable := range s.node.Env() {
		if path, ok := strings.CutPrefix(variable, "PATH="); ok { // the last one counts
			environment = append(environment, "PATH="+strings.Join([]string{assets, s.Dir, kubectl, path}, ":"))
		}
	}
	for _, command := range commands(t) {
		if skipped(command) {
			continue
		}
		t.Run(command, func(t *testing.T) {
			text := strings.NewReplacer(onNode, "", "NODE", s.node.Name, "POLICY", "closed",
				"/etc/openvswitch", s.node.Dir(), "/var/log/openvswitch", s.node.Dir()).Replace(command)
			run := exec.CommandContext(t.Context(), "bash", "-o", "pipefail", "-c", text)
			run.Dir, run.Env = folder, environment
			out, err := run.CombinedOutput()
			// Status 1 of Sluice's own means that something is wrong with the cluster.
			if err != nil && (!strings.HasPrefix(command, "kubectl sluice") || run.ProcessState.ExitCode() != 1) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
