package policies

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// sluice runs the command line with a user's kubeconfig.
func sluice(t *testing.T, user string, args ...string) cluster.Result {
	t.Helper()
	return sluiceIn(t, "", user, args...)
}

// sluiceIn runs it in a folder.
func sluiceIn(t *testing.T, dir, user string, args ...string) cluster.Result {
	t.Helper()
	command := exec.CommandContext(t.Context(), shared.program, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(user))
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return cluster.Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: command.ProcessState.ExitCode()}
}

// TestTheCommandLineReadsTheCluster asks before changing what the cluster then says.
func TestTheCommandLineReadsTheCluster(t *testing.T) {
	reset(t)
	must(t, cluster.Admin, "", "create", "clusterrolebinding", "looks", "--clusterrole=sluice-view", "--group=network-team")
	t.Cleanup(func() {
		if _, err := shared.Kubectl(afterwards(t), cluster.Admin, "delete", "clusterrolebinding", "looks"); err != nil {
			t.Error(err)
		}
	})
	store(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
	apply(t, guarded)
	file := filepath.Join(t.TempDir(), "flows.yaml")
	write := func(list string) {
		if err := os.WriteFile(file, []byte(`{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":[`+list+`]}}}}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`"192.0.2.1:2055","192.0.2.2:2055"`)
	for _, c := range []struct {
		user   string
		flags  []string
		code   int
		denied string
	}{
		{mary, nil, 1, `"192.0.2.2:2055": "mary" may not send NetFlow there`},
		{john, nil, 0, ""},
		{john, []string{"--as=mary", "--as-group=team-a"}, 1, `"mary" may not send NetFlow there`},
		{mary, []string{"--exempt-user=mary"}, 0, ""},
		// The webhook publishes that it exempts this user.
		{john, []string{"--as=" + exempted, "--as-group=team-a"}, 0, ""},
	} {
		r := sluice(t, c.user, append([]string{"check", "--from-cluster", file}, c.flags...)...)
		if r.Code != c.code || !strings.Contains(r.Stdout, c.denied) || strings.Contains(r.Stdout, "192.0.2.1:2055\"") || strings.Contains(r.Stderr, "defaults are assumed") {
			t.Errorf("%s %v: exit %d\n%s", c.user, c.flags, r.Code, r.All())
		}
	}
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.2:2055"]}}`), `"mary" may not send NetFlow there`)

	if r := sluice(t, mary, "policy", "explain", "--from-cluster"); r.Code != 0 || !strings.Contains(r.Stdout, "mary (") || !strings.Contains(r.Stdout, "via group team-a") {
		t.Errorf("exit %d\n%s", r.Code, r.All())
	}
	if r := sluice(t, mary, "policy", "compile", "--from-cluster"); r.Code != 0 || !strings.Contains(r.Stdout, "'team-a'") || strings.Contains(r.Stdout, "status:") {
		t.Errorf("exit %d\n%s", r.Code, r.All())
	}
}

func TestTheCommandLineSaysWhatItMayNotRead(t *testing.T) {
	reset(t)
	for _, c := range []struct {
		user string
		args []string
		want string
	}{
		{exempted, []string{"check", "--from-cluster", "--old=x.yaml", "x.yaml"}, "--old and --from-cluster both name the stored objects; use one of them"},
		{exempted, []string{"check", "--context=nowhere", "x.yaml"}, "--kubeconfig and --context need --from-cluster"},
		{exempted, []string{"check", "--from-cluster", "--context=nowhere", "x.yaml"}, `context "nowhere" does not exist`},
		{cluster.Viewer, []string{"policy", "explain", "--from-cluster"}, "the API server identifies you as viewer (groups auditors, system:authenticated); this user may not read FlowExportPolicies, because the ClusterRole sluice-view is missing"},
		{cluster.Viewer, []string{"policy", "explain", "--from-cluster"}, "kubectl create clusterrolebinding sluice-view-auditors --clusterrole=sluice-view --group=auditors"},
		{mary, []string{"check", "--from-cluster", "--as=mary", "x.yaml"}, "the ClusterRole sluice-view is missing"},
		{cluster.Viewer, []string{"policy", "explain", "x.yaml"}, "FILE needs --from-cluster"},
	} {
		if r := sluice(t, c.user, c.args...); r.Code != 2 || !strings.Contains(r.Stderr, c.want) {
			t.Errorf("%v: exit %d, want %q\n%s", c.args, r.Code, c.want, r.All())
		}
	}
}
