package applier

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
)

// section is a section of docs/canary.md: the manifest and the commands in it.
type section struct {
	title, manifest string
	commands        []string
}

func canarySections(t *testing.T) []section {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "canary.md"))
	if err != nil {
		t.Fatal(err)
	}
	var sections []section
	for part := range strings.SplitSeq(string(text), "\n## ") {
		title, body, _ := strings.Cut(part, "\n")
		s := section{title: title}
		for i, block := range strings.Split(body, "```") {
			kind, content, _ := strings.Cut(block, "\n")
			switch {
			case i%2 == 0:
			case kind == "yaml":
				s.manifest = content
			case kind == "console":
				for line := range strings.Lines(content) {
					s.commands = append(s.commands, strings.TrimSpace(strings.TrimPrefix(line, "$ ")))
				}
			}
		}
		sections = append(sections, s)
	}
	return sections
}

// samplingOf waits until IPFIX samples 1 packet in as many on a node.
func samplingOf(t *testing.T, n *node.Node, want string) {
	t.Helper()
	eventually(t, func(context.Context) string {
		if got := strings.TrimSpace(vsctl(t, n, "get", "IPFIX", "br-int", "sampling")); got != want {
			return fmt.Sprintf("%s samples 1 packet in %s, not in %s", n.Name, got, want)
		}
		return ""
	})
}

// TestTheCanaryProcedure does what docs/canary.md says, command by command.
func TestTheCanaryProcedure(t *testing.T) {
	f := newFleet(t, "worker-1", "worker-2")
	one, two := f.Nodes[0], f.Nodes[1]
	_, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	for _, n := range f.Nodes {
		startAgent(t, f, n)
		hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	}
	after := map[string]func(){
		"1. Choose the first nodes": func() { samplingOf(t, one, "400") },
		"2. Observe": func() {
			r := hasCondition(t, one.Name, "Applied", "False", "ObserveOnly")
			if r.Status.Mode != "Observe" || r.Status.AgentMode != "Enforce" || !strings.Contains(r.Status.Conditions[0].Message, "FlowExportProfile canary") {
				t.Errorf("the report says %s, %s: %s", r.Status.Mode, r.Status.AgentMode, r.Status.Conditions[0].Message)
			}
			hasCondition(t, two.Name, "Applied", "True", "InSync")
			samplingOf(t, one, "400")
			samplingOf(t, two, "400")
		},
		"3. Enforce": func() {
			samplingOf(t, one, "100")
			samplingOf(t, two, "400")
		},
		"4. Widen": func() {
			samplingOf(t, one, "100")
			samplingOf(t, two, "100")
		},
		"5. Pause": func() {
			for _, n := range f.Nodes {
				hasCondition(t, n.Name, "Applied", "True", "InSync")
				eventually(t, func(ctx context.Context) string {
					if r, err := shared.Report(ctx, n.Name); err != nil || r == nil || r.Status.Mode != "Observe" {
						return "the mode is not Observe"
					}
					return ""
				})
				vsctl(t, n, "set", "IPFIX", "br-int", "sampling=7")
				hasCondition(t, n.Name, "Applied", "False", "ObserveOnly")
			}
		},
		"6. Roll back": func() {
			samplingOf(t, one, "400")
			samplingOf(t, two, "400")
		},
	}
	dir := t.TempDir()
	for name, program := range map[string]string{"kubectl": shared.KubectlPath(), "kubectl-sluice": pluginProgram} {
		if err := os.Symlink(program, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	done := 0
	for _, s := range canarySections(t) {
		if s.manifest != "" {
			if err := os.WriteFile(filepath.Join(dir, "canary.yaml"), []byte(s.manifest), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, command := range s.commands {
			run(t, dir, command)
		}
		if check := after[s.title]; check != nil {
			check()
			done++
		}
	}
	if done != len(after) {
		t.Errorf("the page has %d of the %d sections that are checked", done, len(after))
	}
}

// run runs a command of a page in a shell.
func run(t *testing.T, dir, command string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "KUBECONFIG="+shared.Kubeconfig(cluster.Admin))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// The flag is the upper bound of what a profile may set.
func TestAProfileRaisesNoMode(t *testing.T) {
	f := newFleet(t, "node-a", "node-b")
	_, target := listen(t, f, false)
	apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: p}\nspec: {mode: Enforce}")
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, f.Nodes[0], "--mode=observe")
	hasCondition(t, f.Nodes[0].Name, "Applied", "False", "ObserveOnly")
	// A profile that observes does not keep an agent from cleaning up.
	a := startAgent(t, f, f.Nodes[1])
	hasCondition(t, f.Nodes[1].Name, "Applied", "True", "InSync")
	kubectl(t, "patch", "flowexportprofile", "p", "--type=merge", "-p", `{"spec":{"mode":"Observe"}}`)
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	startAgent(t, f, f.Nodes[1], "--mode=cleanup")
	hasCondition(t, f.Nodes[1].Name, "Applied", "True", "CleanedUp")
}
