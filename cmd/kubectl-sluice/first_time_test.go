package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/cmd/internal/exit"
)

// runIn runs the plugin with a kubeconfig, and returns what it printed on both streams and its status.
func runIn(t *testing.T, kubeconfig string, args ...string) (text string, code int) {
	t.Helper()
	t.Setenv("KUBECONFIG", kubeconfig)
	t.Setenv("HOME", t.TempDir())
	var out, errs bytes.Buffer
	root := newRootCommand("kubectl sluice", screen{out: &out, getenv: func(string) string { return "" }})
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	err := root.ExecuteContext(t.Context())
	code = exit.Status(err, "kubectl sluice", &errs)
	return out.String() + errs.String(), code
}

// kubeconfigFor is a kubeconfig with one context, "east".
func kubeconfigFor(t *testing.T, server string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: east\nclusters: [{name: e, cluster: {server: %q}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: east, context: {cluster: e, user: u}}]\n", server)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// answering is an API server that answers each request for objects in one way. It says who the user is.
func answering(t *testing.T, status *metav1.Status) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/selfsubjectreviews") && status.Code != http.StatusUnauthorized:
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview","metadata":{},"status":{"userInfo":{"username":"mary","groups":["team-a","system:authenticated"]}}}`)
		case r.URL.Path == "/version":
			minor := map[bool]string{true: "20", false: "34"}[status.Code == http.StatusNotFound] // what is not installed is in an old cluster
			fmt.Fprintf(w, `{"major":"1","minor":%q,"gitVersion":"v1.%s.5"}`, minor, minor)
		default:
			w.WriteHeader(int(status.Code))
			answer := status.DeepCopy()
			answer.Details.Kind = path.Base(r.URL.Path)
			if answer.Code == http.StatusNotFound {
				answer.Details.Kind = ""
			}
			if err := json.NewEncoder(w).Encode(answer); err != nil {
				t.Error(err)
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func statusOf(code int32, reason metav1.StatusReason, message string) *metav1.Status {
	return &metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: "Failure", Code: code, Reason: reason, Message: message, Details: &metav1.StatusDetails{}}
}

// reading are the commands that read a cluster and print text.
func reading() [][]string {
	return [][]string{{"status"}, {"status", "-w"}, {"status", "-n", "team-a"}, {"verify", "-n", "team-a"}, {"status", "-o", "json"}, {"policies"}, {"policies", "-w"}, {"plan"}, {"verify"}, {"doctor"}}
}

// TestWhatAFirstTimeUserSees: whatever is wrong with the access to a cluster, each command says what, where, and what to do, and
// ends with 2.
func TestWhatAFirstTimeUserSees(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		kubeconfig string
		flags      []string
		says       []string
		// doctor is what doctor says, which has a finding for each check.
		doctor []string
	}{
		"no kubeconfig":       {none, nil, []string{"there is no kubeconfig", `log in with "oc login", or name a file with --kubeconfig`}, nil},
		"another context":     {kubeconfigFor(t, "https://127.0.0.1:1"), []string{"--context=west"}, []string{`"west"`, "kubectl config get-contexts"}, nil},
		"nothing listens":     {kubeconfigFor(t, "https://127.0.0.1:1"), nil, []string{"connection refused", "The API server (context east, https://127.0.0.1:1) can't be reached", "--context"}, nil},
		"not logged in":       {kubeconfigFor(t, answering(t, statusOf(401, metav1.StatusReasonUnauthorized, "Unauthorized"))), nil, []string{"Unauthorized", "Log in again"}, []string{"Unauthorized"}},
		"no rights":           {kubeconfigFor(t, answering(t, statusOf(403, metav1.StatusReasonForbidden, "x is forbidden"))), nil, []string{"is forbidden", "you as mary (groups team-a, system:authenticated)", "kubectl create clusterrolebinding sluice-view-team-a --clusterrole=sluice-view --group=team-a"}, []string{"is forbidden"}},
		"it is not installed": {kubeconfigFor(t, answering(t, statusOf(404, metav1.StatusReasonNotFound, "the server could not find the requested resource"))), nil, []string{"Sluice is not installed in this cluster (context east, http://127.0.0.1:", "--context"}, []string{"v1.20", "Sluice is not installed in this cluster"}},
	} {
		for _, command := range reading() {
			text, code := runIn(t, c.kubeconfig, append(slices.Clone(command), c.flags...)...)
			want, wantCode := c.says, exit.Incomplete
			if command[0] == "doctor" && c.doctor != nil {
				want = c.doctor
				if name == "it is not installed" {
					wantCode = exit.Negative // that is what doctor is there to find
				}
			}
			if name == "no rights" && slices.Contains(command, "-n") {
				want = []string{"is forbidden", "sluice-flowexports-view in namespace team-a", "kubectl -n team-a create rolebinding sluice-flowexports-view-team-a --clusterrole=sluice-flowexports-view --group=team-a"}
			}
			if code != wantCode {
				t.Errorf("%s: %q: exit status %d, want %d:\n%s", name, command, code, wantCode, text)
			}
			for _, part := range want {
				if !strings.Contains(text, part) {
					t.Errorf("%s: %q does not say %q:\n%s", name, command, part, text)
				}
			}
			if strings.Contains(text, "goroutine") || strings.Contains(text, "%!") || command[0] != "doctor" && strings.Count(text, "\n") > 6 {
				t.Errorf("%s: %q prints too much:\n%s", name, command, text)
			}
		}
	}
}

// TestEveryCommandExplainsItself: each has help with a use and its exit statuses, and answers misspelled flags with the right one.
func TestEveryCommandExplainsItself(t *testing.T) {
	if text, code := runIn(t, "", "options"); code != 0 || !strings.Contains(text, "--context") {
		t.Errorf("options: exit status %d:\n%s", code, text)
	}
	root := newRootCommand("kubectl sluice", screen{out: &bytes.Buffer{}, getenv: func(string) string { return "" }})
	statuses := []string{"status", "verify", "policies", "plan", "doctor", "must-gather"}
	for _, command := range root.Commands() {
		if command.Name() == "help" || command.Name() == "completion" {
			continue
		}
		text, code := runIn(t, "", command.Name(), "-h")
		if code != 0 || !strings.Contains(text, "Usage:") || !strings.Contains(text, "kubectl sluice "+command.Name()) {
			t.Errorf("%s -h: exit status %d:\n%s", command.Name(), code, text)
		}
		if strings.Contains(text, "Global Flags") || !strings.Contains(text, `"kubectl sluice options" prints`) {
			t.Errorf("%s -h lists the flags of all commands, or does not say where they are:\n%s", command.Name(), text)
		}
		if slices.Contains(statuses, command.Name()) && (!strings.Contains(text, "Exit status: 0 ") || !strings.Contains(text, "Examples:")) {
			t.Errorf("%s -h names no exit statuses, or has no example:\n%s", command.Name(), text)
		}
		text, code = runIn(t, "", command.Name(), "--kubecofnig=x")
		if code != exit.Incomplete || !strings.Contains(text, "--kubeconfig") {
			t.Errorf("%s with a misspelled flag: exit status %d:\n%s", command.Name(), code, text)
		}
		misspelled := command.Name()[:len(command.Name())-1] + "z"
		text, code = runIn(t, "", misspelled)
		if code != exit.Incomplete || !strings.Contains(text, command.Name()) {
			t.Errorf("%s: exit status %d:\n%s", misspelled, code, text)
		}
	}
}

// TestArgumentsThatACommandDoesNotTake: nothing is called a command or a function of Go that the user did not write.
func TestArgumentsThatACommandDoesNotTake(t *testing.T) {
	for line, want := range map[string]string{
		"doctor now":      `kubectl sluice doctor takes no arguments, and got "now"; see: kubectl sluice doctor --help`,
		"must-gather now": `takes no arguments, and got "now"`,
		"plan worker-1":   "for a node, write --node=worker-1",
		"ui --port=x":     `--port: "x" is not valid: invalid syntax; write --port=1`,
	} {
		text, code := runIn(t, "", strings.Fields(line)...)
		if code != exit.Incomplete || !strings.Contains(text, want) || strings.Contains(text, "unknown command") || strings.Contains(text, "strconv") {
			t.Errorf("%s: exit status %d:\n%s", line, code, text)
		}
	}
}

// TestDoctorIsColoredOnRequest: the words stay, and each state has its color.
func TestDoctorIsColoredOnRequest(t *testing.T) {
	kubeconfig := kubeconfigFor(t, answering(t, statusOf(404, metav1.StatusReasonNotFound, "the server could not find the requested resource")))
	text, _ := runIn(t, kubeconfig, "doctor", "--color=always")
	plain, _ := runIn(t, kubeconfig, "doctor")
	if !strings.Contains(text, "\x1b[31mbad     \x1b[0m CRDs of Sluice") || strings.Contains(plain, "\x1b") {
		t.Errorf("colored:\n%q\nplain:\n%q", text, plain)
	}
	if _, code := runIn(t, kubeconfig, "doctor", "--color=pink"); code != exit.Incomplete {
		t.Errorf("exit status %d for a color that does not exist", code)
	}
}
