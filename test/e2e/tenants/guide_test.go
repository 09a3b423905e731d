package tenants

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/api/v1alpha1"
	"sluice/test/harness/cluster"
)

// guide is a page of the documentation whose commands are run.
type guide struct {
	text, dir string
	env       []string
}

func openGuide(t *testing.T, page string) guide {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	g := guide{text: string(text), dir: t.TempDir()}
	for _, build := range []func() (string, error){
		func() (string, error) { return cluster.BuildPlugin(t.Context(), g.dir) },
		func() (string, error) { return cluster.BuildSluice(t.Context(), g.dir) },
	} {
		if _, err := build(); err != nil {
			t.Fatal(err)
		}
	}
	g.env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(alice), "HOME="+g.dir,
		"PATH="+strings.Join([]string{filepath.Dir(shared.KubectlPath()), g.dir, os.Getenv("PATH")}, ":"))
	return g
}

// block is the first block of a language that contains a text, without its indentation.
func (g guide) block(t *testing.T, language, text string) string {
	t.Helper()
	for _, m := range regexp.MustCompile("(?ms)^( *)```"+language+"\n(.*?)^ *```").FindAllStringSubmatch(g.text, -1) {
		if strings.Contains(m[2], text) {
			return regexp.MustCompile("(?m)^"+m[1]).ReplaceAllString(m[2], "")
		}
	}
	t.Fatalf("the page has no %s with %q", language, text)
	return ""
}

func (g guide) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(g.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// output runs a command.
func (g guide) output(ctx context.Context, command string) (out string, code int) {
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir, cmd.Env = g.dir, g.env
	text, _ := cmd.CombinedOutput() // the status is returned
	return string(text), cmd.ProcessState.ExitCode()
}

// run runs a command of the page.
func (g guide) run(t *testing.T, command string, code int) string {
	t.Helper()
	out, got := g.output(t.Context(), command)
	g.compare(t, command, code, out, got)
	return out
}

// compare compares what a command did with what the page says.
func (g guide) compare(t *testing.T, command string, code int, out string, got int) {
	t.Helper()
	_, after, found := strings.Cut(g.text, "$ "+command+"\n")
	if !found {
		t.Fatalf("the page has no command %q", command)
	}
	if got != code {
		t.Fatalf("%s: exit status %d, want %d:\n%s\n%s", command, got, code, out, shared.log)
	}
	sample := after[:regexp.MustCompile("(?m)^ *(\\$ |```)").FindStringIndex(after)[0]]
	for line := range strings.Lines(sample) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "Error from server (Forbidden): ... ")
		if !strings.Contains(varying(out), varying(line)) {
			t.Errorf("%s does not print %q:\n%s", command, line, out)
		}
	}
}

// varying is what is the same in each run.
func varying(text string) string {
	text = regexp.MustCompile(`\b(\d+[smhd])+\b`).ReplaceAllString(text, "AGE")
	text = regexp.MustCompile(`\d of \d +\d+`).ReplaceAllString(text, "N of N N") // while the nodes report one after the other
	return regexp.MustCompile(` +`).ReplaceAllString(strings.TrimSpace(text), " ")
}

// The pages for tenants and for the platform team, from the denial to the records.
func TestTheGuides(t *testing.T) {
	reset(t)
	t.Cleanup(func() {
		reset(t)
		must(t, cluster.Admin, "", "label", "namespace", "team-a", "flow-export-")
	})
	platform, tenant := openGuide(t, "tenants-platform.md"), openGuide(t, "tenants.md")
	siem := tenant.block(t, "yaml", "kind: FlowExport\n")
	tenant.write(t, "siem.yaml", siem)
	tenant.run(t, "kubectl apply -f siem.yaml", 1)

	policy := platform.block(t, "yaml", "kind: FlowExportPolicy\n")
	platform.write(t, "siem.yaml", siem)
	platform.write(t, "policies/tenants.yaml", policy+platform.block(t, "yaml", "  deny:\n"))
	platform.run(t, "sluice check --policy policies/ --as alice -n team-a --namespace-labels flow-export=allowed siem.yaml", 0)
	platform.run(t, "sluice policy explain --policy policies/ --as alice -n team-a --namespace-labels flow-export=allowed", 0)
	must(t, cluster.Admin, "", "label", "namespace", "team-a", "flow-export=allowed")
	must(t, cluster.Admin, policy, "apply", "-f", "-")
	must(t, cluster.Admin, "", "wait", "--for=condition=Ready", "--timeout=30s", "flowexportpolicies", "--all")

	tenant.run(t, "sluice check siem.yaml", 0)
	tenant.run(t, "kubectl apply --server-side -f siem.yaml", 0)
	accepted(t, "siem", "Allowed")
	reportFrom(t, 3)
	tenant.run(t, "kubectl wait -n team-a --for=condition=Exporting fex/siem --timeout=5m", 0)
	eventually(t, func() string {
		if f := exports(t).Items[0]; f.Status.NodesSending != 3 {
			return "not all nodes send"
		}
		return ""
	})
	tenant.run(t, "kubectl get fex -n team-a", 0)
	const verify = "kubectl sluice verify -n team-a"
	sending := make(chan struct{})
	var out string
	var code int
	go func() {
		defer close(sending)
		out, code = tenant.output(t.Context(), verify)
	}()
	records, states := int64(100), []v1alpha1.CollectorState{v1alpha1.CollectorIdle, v1alpha1.CollectorSending}
	eventually(t, func() string {
		select {
		case <-sending:
			return ""
		default:
		}
		records++
		report(t, 3, states[records%2], records)
		return "verify still waits"
	})
	tenant.compare(t, verify, 0, out, code)
	if out := tenant.run(t, "sluice policy explain --from-cluster --namespace team-a", 2); !strings.Contains(out, "may not read FlowExportPolicies") {
		t.Errorf("explain with the rights of a tenant: %s", out)
	}
}
