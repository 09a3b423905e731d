package policies

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/test/harness/cluster"
)

// requestUID is the UID of a request in a denial.
var requestUID = regexp.MustCompile(`\(request [0-9a-f-]{36}\)`)

// withoutUID replaces the UIDs of requests, which differ from run to run.
func withoutUID(text string) string { return requestUID.ReplaceAllString(text, "(request UID)") }

// golden compares what kubectl or sluice printed with a file.
func golden(t *testing.T, name string, result cluster.Result) {
	t.Helper()
	got := withoutUID(fmt.Sprintf("exit status %d\n--- stdout\n%s--- stderr\n%s", result.Code, result.Stdout, result.Stderr))
	// In its own messages, an older API server quotes null.
	got = strings.ReplaceAll(got, `Invalid value: "null":`, "Invalid value: null:")
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./test/e2e/policies -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), or update with: go test ./test/e2e/policies -update\n%s", file, diff)
	}
}

// What kubectl prints for denials, word for word and line by line.
func TestWhatKubectlPrintsForDenials(t *testing.T) {
	three := `{"netFlow":{"collectors":["10.30.0.1:9","10.30.0.2:2055","10.20.99.1:2055","10.30.0.3:2055"]}}`
	mixed := `{"netFlow":{"collectors":["10.30.0.1:9","10.30.0.2:2055","10.20.0.1"]}}`
	manifest := func(flows string) string {
		return strings.Replace(cluster.NetworkManifest(), "spec:\n", "spec:\n  exportNetworkFlows: "+flows+"\n", 1)
	}
	patchOf := func(flows string) []string {
		return []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}
	}
	ssa := []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}
	for name, c := range map[string]struct {
		user, stdin string
		args        []string
	}{
		"denied-one":          {mary, "", patchOf(`{"netFlow":{"collectors":["10.30.0.1:9","10.30.0.2:2055"]}}`)},
		"denied-three":        {mary, "", patchOf(three)},
		"denied-removal":      {mary, "", patchOf(`null`)},
		"denied-mixed":        {mary, "", patchOf(mixed)},
		"denied-required":     {john, "", patchOf(`{"netFlow":{"collectors":["10.30.0.1:9"]},"ipfix":null}`)},
		"denied-apply":        {mary, manifest(three), ssa},
		"denied-apply-mixed":  {mary, manifest(mixed), ssa},
		"denied-replace":      {mary, manifest(three), []string{"replace", "-f", "-"}},
		"denied-delete":       {mary, "", []string{"delete", "network.operator", "cluster"}},
		"denied-configmap":    {mary, configWith("10.30.0.2:2055"), []string{"create", "-f", "-"}},
		"denied-json-patch":   {mary, "", []string{"patch", "network.operator", "cluster", "--type=json", "-p", `[{"op":"remove","path":"/spec/exportNetworkFlows/netFlow"}]`}},
		"denied-warned":       {guard, "", patchOf(`{"netFlow":{"collectors":["10.30.0.1:9","192.0.2.1:2055","192.0.2.2:2055"]}}`)},
		"denied-server-dry":   {mary, "", append(patchOf(three), "--dry-run=server")},
		"denied-config-mixed": {mary, configWith("10.30.0.2:2055,10.30.0.3"), []string{"create", "-f", "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			reset(t)
			store(t, `{"netFlow":{"collectors":["10.30.0.1:9"]},"ipfix":{"collectors":["10.0.0.5:4739"]}}`)
			apply(t, teams+"---\n"+siem+"---\n"+rehearsal)
			golden(t, name, kubectl(t, c.user, c.stdin, c.args...))
		})
	}
}

// rehearsal warns the security group.
const rehearsal = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: rehearsal}
spec:
  subjects: [{kind: Group, name: security}]
  enforcement: Warn
  allow: [{destinations: [10.40.0.0/16]}]
`

// kubectl edit shows a denial in the terminal, and keeps the file.
func TestEditShowsADenial(t *testing.T) {
	reset(t)
	apply(t, teams)
	dir := t.TempDir()
	editor := filepath.Join(dir, "editor")
	script := "#!/bin/sh\nsed -i 's/^spec:/spec:\\n  exportNetworkFlows: {netFlow: {collectors: [\"10.30.0.1:2055\",\"10.30.0.2:2055\"]}}/' \"$1\"\n"
	if err := os.WriteFile(editor, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	result, err := shared.Run(t.Context(), cluster.Command{
		User: mary, Env: []string{"KUBE_EDITOR=" + editor, "TMPDIR=" + dir}, Args: []string{"edit", "network.operator", "cluster"},
	})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, result, "\n* spec.exportNetworkFlows.netFlow.collectors[1]: ", "\nallowed: NetFlow and IPFIX to 10.20.0.0/16", "\nto see what you may do: sluice policy explain --from-cluster")
}
