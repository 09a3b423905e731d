package policies

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
	"sluice/validation"
)

// verdict is what became of a change: "Passed" stands for accepted and normalized, which a
// client can't tell apart.
type verdict struct {
	Outcome          string
	Errors, Warnings []string
	// Allowed says what is allowed.
	Allowed []string
}

// A change of one user, from one list to another; without an old one it is a create, and
// without a new one export is switched off.
type change struct {
	user, old, flows string
	want             string
}

var changes = map[string]struct {
	policies string
	changes  []change
}{
	"teams": {teams, []change{
		{mary, `{}`, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, "Passed"},
		{mary, `{}`, `{"netFlow":{"collectors":["10.30.0.1:2055"]}}`, "Denied"},
		{mary, `{}`, `{"netFlow":{"collectors":["10.20.99.1:2055","10.20.0.1:9","10.20.0.1:2055"]},"sFlow":{"collectors":["10.20.0.1:2055"]}}`, "Denied"},
		{john, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, `{"netFlow":{"collectors":["10.30.0.1:2055"]}}`, "Denied"},
		{john, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, `{"netFlow":{"collectors":["10.20.0.1:2055","10.30.0.1"]}}`, "Rejected"},
		{john, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, `{"netFlow":{"collectors":["10.20.0.2:2055","10.30.0.1"]}}`, "Rejected"},
		{john, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, ``, "Denied"},
		{mary, `{}`, `{"ipfix":{"collectors":["10.20.0.1:4739","10.20.0.2:4739","10.20.0.3:4739","10.20.0.4:4739","10.20.0.5:4739"]}}`, "Denied"},
		{mary, `{}`, `{"netFlow":{"collectors":[" 10.20.0.1:02055","10.20.0.1:2055"]}}`, "Passed"},
		{mary, `{}`, `{"netFlow":{"collectors":[" 10.30.0.1:02055"]}}`, "Denied"},
		{guard, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, `{"sFlow":{"collectors":["192.0.2.1:6343"]}}`, "Passed"},
	}},
	"only security": {onlySecurity, []change{
		{mary, `{}`, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, "Denied"},
		{guard, `{}`, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, "Passed"},
		{mary, `{"netFlow":{"collectors":["10.20.0.1:2055","10.20.0.2:2055"]}}`, `{"netFlow":{"collectors":["10.20.0.2:2055"]}}`, "Passed"},
		{exempted, `{}`, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, "Passed"},
	}},
	"a collector that must stay": {siem, []change{
		{mary, `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`, `{"ipfix":{"collectors":["10.0.0.6:4739"]}}`, "Denied"},
		{mary, `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`, `{"ipfix":{"collectors":["10.0.0.6:4739","10.0.0.5:4739"]}}`, "Passed"},
		{guard, `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`, ``, "Passed"},
		{mary, ``, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`, "Denied"},
	}},
	"nothing leaves the data center": {stayInside, []change{
		{cluster.Admin, `{}`, `{"netFlow":{"collectors":["203.0.113.9:2055","10.1.2.3:2055"]}}`, "Denied"},
		{john, `{"netFlow":{"collectors":["203.0.113.9:2055"]}}`, `{"netFlow":{"collectors":["203.0.113.9:2055","172.16.0.1:2055"]}}`, "Passed"},
		{john, `{"netFlow":{"collectors":["203.0.113.9:2055"]}}`, `{"ipfix":{"collectors":["203.0.113.9:2055"]}}`, "Denied"},
	}},
	"no sFlow": {noSFlow, []change{
		{mary, `{"sFlow":{"collectors":["10.0.0.1:6343"]}}`, `{"sFlow":{"collectors":["10.0.0.2:6343"]},"netFlow":{"collectors":["10.0.0.2:2055"]}}`, "Denied"},
		{mary, `{}`, `{"ipfix":{"collectors":["10.0.0.1:4739"]}}`, "Passed"},
	}},
	"no sFlow, as a rehearsal": {strings.Replace(noSFlow, "spec:\n", "spec:\n  enforcement: Warn\n", 1), []change{
		{mary, `{}`, `{"sFlow":{"collectors":["10.0.0.2:6343"]},"netFlow":{"collectors":[" 10.0.0.2:2055"]}}`, "Passed"},
	}},
}

// The command line says of a file what the cluster says of the same change.
func TestTheCommandLineAndTheClusterSayTheSame(t *testing.T) {
	for name, scenario := range changes {
		t.Run(name, func(t *testing.T) {
			reset(t)
			apply(t, scenario.policies)
			for _, c := range scenario.changes {
				command, api := byCommandLine(t, scenario.policies, c), byCluster(t, c)
				if diff := cmp.Diff(command, api); diff != "" {
					t.Errorf("%s: %s to %s (-command line +cluster)\n%s", c.user, c.old, c.flows, diff)
				}
				if api.Outcome != c.want || (c.want == "Passed") != (len(api.Errors) == 0) {
					t.Errorf("%s: %s to %s: want %s, got %+v", c.user, c.old, c.flows, c.want, api)
				}
			}
		})
	}
}

// byCluster makes the change through the API server.
func byCluster(t *testing.T, c change) verdict {
	t.Helper()
	body, err := yaml.YAMLToJSON([]byte(manifestWith(c.flows)))
	if err != nil {
		t.Fatal(err)
	}
	send(t, cluster.Operator, http.MethodDelete, networks+"/cluster", "", "")
	var a answer
	if c.old == "" {
		a = send(t, c.user, http.MethodPost, networks, "application/json", string(body))
	} else {
		must(t, cluster.Operator, manifestWith(c.old), "create", "-f", "-")
		a = send(t, c.user, http.MethodPut, networks+"/cluster", "application/json", withVersion(t, string(body)))
	}
	v := verdict{Outcome: "Passed"}
	switch a.code {
	case http.StatusOK, http.StatusCreated:
	case http.StatusForbidden:
		v.Outcome = "Denied"
	case http.StatusUnprocessableEntity:
		v.Outcome = "Rejected"
	default:
		t.Fatalf("%d: %s", a.code, a.text)
	}
	var status metav1.Status
	if err := json.Unmarshal([]byte(a.text), &status); err == nil && status.Details != nil {
		for _, cause := range status.Details.Causes {
			if cause.Type != validation.CauseHint {
				v.Errors = append(v.Errors, cause.Field+": "+cause.Message)
			}
		}
		for line := range strings.Lines(status.Message) {
			v.allowed(line)
		}
	}
	for _, w := range a.warnings {
		if !v.allowed(w) {
			v.Warnings = append(v.Warnings, strings.TrimPrefix(w, "accepted, but a policy warns: "))
		}
	}
	slices.Sort(v.Errors)
	slices.Sort(v.Warnings)
	return v
}

// allowed keeps a line that says what is allowed.
func (v *verdict) allowed(line string) bool {
	text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "allowed: ")
	if ok {
		v.Allowed = append(v.Allowed, text)
	}
	return ok
}

// byCommandLine checks files that say the same.
func byCommandLine(t *testing.T, policies string, c change) verdict {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"check", "-o", "json", "--exempt-user=" + exempted, "--policy", write("policies.yaml", policies), "--as", c.user}
	for _, u := range users() {
		if u.Name == c.user {
			for _, g := range u.Groups {
				args = append(args, "--as-group", g)
			}
		}
	}
	if c.old != "" {
		args = append(args, "--how=replace", "--old", write("old.yaml", manifestWith(c.old)))
	}
	cmd := exec.CommandContext(t.Context(), shared.program, append(args, write("new.yaml", manifestWith(c.flows)))...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var report struct {
		Results []struct {
			Verdict          string
			Errors, Warnings []issue
			Allowed          []string
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || len(report.Results) != 1 {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	result := report.Results[0]
	v := verdict{Outcome: result.Verdict, Allowed: result.Allowed}
	if v.Outcome == "Accepted" || v.Outcome == "Normalized" {
		v.Outcome = "Passed"
	}
	for _, i := range result.Errors {
		v.Errors = append(v.Errors, i.Field+": "+i.said().Text())
	}
	for _, i := range result.Warnings {
		v.Warnings = append(v.Warnings, i.said().Line())
	}
	slices.Sort(v.Errors)
	slices.Sort(v.Warnings)
	return v
}

// issue is one entry of the command line's JSON.
type issue struct{ Field, Value, Rule, Message string }

// said is what a finding and a denial are worded by.
type said interface {
	Text() string
	Line() string
}

// said is the issue as the webhook words it.
func (i issue) said() said {
	if policies, rule, ok := strings.Cut(i.Rule, "/"); ok {
		return validation.Denial{Policies: []string{policies}, Rule: rule, Field: i.Field, Value: i.Value, Message: i.Message}
	}
	return validation.Finding{Rule: validation.Rule(i.Rule), Field: i.Field, Value: i.Value, Message: i.Message}
}
