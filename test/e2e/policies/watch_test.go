package policies

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/terminal"
)

// shows waits until a screen has texts, and does not have others.
func shows(t *testing.T, s interface{ Text() string }, texts []string, gone ...string) {
	t.Helper()
	eventually(t, func() string {
		now := s.Text()
		for _, text := range texts {
			if !strings.Contains(now, text) {
				return fmt.Sprintf("the terminal does not show %q:\n%s", text, now)
			}
		}
		for _, text := range gone {
			if strings.Contains(now, text) {
				return fmt.Sprintf("the terminal still shows %q:\n%s", text, now)
			}
		}
		return ""
	})
}

func manifestOf(name, spec string) string {
	return fmt.Sprintf("---\n{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: %s}, spec: %s}\n", name, spec)
}

// What happens to policies is seen in a terminal at once, within its height, and it never flickers.
func TestPoliciesAreWatchedInATerminal(t *testing.T) {
	reset(t)
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const rows, columns = 24, 80
	p, err := terminal.Start(t.Context(), rows, columns, []string{"KUBECONFIG=" + shared.Kubeconfig(cluster.Admin)}, plugin, "policies", "-w")
	if err != nil {
		t.Fatal(err)
	}
	shows(t, p, []string{"There are no policies", "Updated on every change, last at"})

	apply(t, manifestOf("team-a", "{subjects: [{kind: Group, name: team-a}], allow: [{destinations: [10.20.0.0/16]}]}"))
	shows(t, p, []string{"1 of 1 policy is in force", "team-a  Deny"}, "There are no policies")
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["192.0.2.77:2055"]}}`))
	shows(t, p, []string{"Denied lately:", "192.0.2.77:2055"})
	must(t, cluster.Admin, "", "patch", "fep", "team-a", "--type=merge", "-p", `{"spec":{"allow":[{"destinations":["10.20.0.1/16"]}]}}`)
	shows(t, p, []string{"1 problem", "Problems:", "team-a: Unreadable"}, "OK (")

	many := ""
	for i := range 40 {
		many += manifestOf(fmt.Sprintf("p-%02d", i), "{deny: [{destinations: [203.0.113.0/24]}]}")
	}
	must(t, cluster.Admin, many, "apply", "-f", "-")
	shows(t, p, []string{"40 of 41 policies are in force", "1 problem", "more policies", "Denied lately:"})
	must(t, cluster.Admin, "", "delete", "flowexportpolicies", "--all")
	shows(t, p, []string{"There are no policies"}, "p-00", "Problems:", "more policies")

	if p.Scrolled() > 0 || p.Erased() > 0 || p.Unknown() > 0 {
		t.Errorf("scrolled %d times, cleared %d times, %d unknown control sequences", p.Scrolled(), p.Erased(), p.Unknown())
	}
	if code, err := p.Stop(); err != nil || code != 0 {
		t.Errorf("after Ctrl-C: exit status %d, %v", code, err)
	}
}

// output is what a program printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(text)
}

// Text is what was printed.
func (o *output) Text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Where there is no terminal, what changes is appended, and nothing is drawn again.
func TestPoliciesAreWatchedInAPipe(t *testing.T) {
	reset(t)
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	apply(t, manifestOf("one", "{deny: [{destinations: [203.0.113.0/24]}]}")+manifestOf("other", "{deny: [{destinations: [203.0.113.0/24]}]}"))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	command := exec.CommandContext(ctx, plugin, "policies", "one", "-w")
	command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(cluster.Admin))
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var out output
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	shows(t, &out, []string{"OK (", "one     Deny"})
	must(t, cluster.Admin, "", "patch", "fep", "one", "--type=merge", "-p", `{"spec":{"enforcement":"Warn"}}`)
	shows(t, &out, []string{"one   Warn   yes   "})
	must(t, cluster.Admin, "", "delete", "fep", "one")
	shows(t, &out, []string{"one   deleted"}, "other", "\x1b")
	stop()
	if err := command.Wait(); err != nil && command.ProcessState.ExitCode() != 0 {
		t.Errorf("after an interrupt: %v\n%s", err, out.Text())
	}
}

// Who may not read Events sees the policies all the same, and who may not read policies is told so at once.
func TestPoliciesAreWatchedWithFewRights(t *testing.T) {
	reset(t)
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	result := func(user string, args ...string) (string, int) {
		command := exec.CommandContext(t.Context(), plugin, args...)
		command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(user))
		out, _ := command.CombinedOutput() // the status is returned
		return string(out), command.ProcessState.ExitCode()
	}
	if out, code := result(mary, "policies", "-w"); code != 2 || !strings.Contains(out, "flowexportpolicies.sluice.dev is forbidden") {
		t.Errorf("exit status %d:\n%s", code, out)
	}
	if out, code := result(cluster.Admin, "policies", "-w", "-o", "yaml"); code != 2 || !strings.Contains(out, "kubectl get flowexportpolicies -w -o yaml") {
		t.Errorf("exit status %d:\n%s", code, out)
	}
	must(t, cluster.Admin, `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader-of-policies}, rules: [{apiGroups: [sluice.dev], resources: [flowexportpolicies], verbs: [get, list, watch]}]}`, "apply", "-f", "-")
	must(t, cluster.Admin, "", "create", "clusterrolebinding", "reader-of-policies", "--clusterrole=reader-of-policies", "--user="+mary)
	defer must(t, cluster.Admin, "", "delete", "clusterrolebinding/reader-of-policies", "clusterrole/reader-of-policies")
	apply(t, manifestOf("one", "{deny: [{destinations: [203.0.113.0/24]}]}"))
	p, err := terminal.Start(t.Context(), 24, 80, []string{"KUBECONFIG=" + shared.Kubeconfig(mary)}, plugin, "policies", "-w")
	if err != nil {
		t.Fatal(err)
	}
	shows(t, p, []string{"1 of 1 policy is in force", "It is unknown who was denied lately", "events is forbidden", "bound in namespace"})
	must(t, cluster.Admin, "", "delete", "fep", "one")
	shows(t, p, []string{"There are no policies", "It is unknown who was denied lately"})
	if code, err := p.Stop(); err != nil || code != 0 {
		t.Errorf("after Ctrl-C: exit status %d, %v", code, err)
	}
}
