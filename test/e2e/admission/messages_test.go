package admission

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// What kubectl prints for each kind of answer, word for word.
func TestWhatKubectlPrints(t *testing.T) {
	eleven := make([]string, 11)
	for i := range eleven {
		eleven[i] = fmt.Sprintf("%q", fmt.Sprintf("192.0.2.%d:2055", i+1))
	}
	for name, flows := range map[string]string{
		"missing-port": `{"netFlow":{"collectors":["192.168.1.99"]}}`,
		"hostname":     `{"ipfix":{"collectors":["collector.example.com:4739"]}}`,
		"ipv6":         `{"sFlow":{"collectors":["[2001:db8::1]:6343"]}}`,
		"duplicates":   `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.1:02055"]}}`,
		"eleven":       `{"netFlow":{"collectors":[` + strings.Join(eleven, ",") + `]}}`,
		"white-space":  `{"netFlow":{"collectors":[" 192.0.2.1:2055 "]}}`,
		"empty":        `{"netFlow":{"collectors":[]}}`,
		"wrong-types":  `{"netFlow":7,"sFlow":{"collectors":[6343,null,{"ip":"192.0.2.1"}]},"ipfix":{"collectors":true}}`,
		"many-errors":  `{"netFlow":{"collectors":["192.0.2.1","192.0.2.1:0","10.0.0.0/8:2055"]},"ipfix":{"collectors":["http://192.0.2.1:4739/","$(reboot)"]}}`,
		"warnings":     `{"netFlow":{"collectors":["127.0.0.1:2055","10.128.0.7:2055"]},"sFlow":{"collectors":["172.30.0.9:6343"]},"ipfix":{"collectors":["127.0.0.1:2055"]}}`,
		"list":         `["192.0.2.1:2055"]`,
	} {
		t.Run(name, func(t *testing.T) {
			reset(t)
			golden(t, name, merge(t, flows))
		})
	}
}

func TestRefusedWhateverTheVerb(t *testing.T) {
	const bad = "10.0.0.01:2055"
	full := strings.Replace(cluster.NetworkManifest(), "spec:\n", "spec:\n  exportNetworkFlows: {netFlow: {collectors: ["+bad+"]}}\n", 1)
	for name, command := range map[string]cluster.Command{
		"apply":             {Stdin: full, Args: []string{"apply", "-f", "-"}},
		"server-side apply": {Stdin: full, Args: []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}},
		"replace":           {Stdin: full, Args: []string{"replace", "-f", "-"}},
		"merge patch":       {Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["` + bad + `"]}}}}`}},
		"JSON patch":        {Args: []string{"patch", "network.operator", "cluster", "--type=json", "-p", `[{"op":"add","path":"/spec/exportNetworkFlows","value":{"netFlow":{"collectors":["` + bad + `"]}}}]`}},
		"dry run":           {Stdin: full, Args: []string{"apply", "--dry-run=server", "-f", "-"}},
		"create":            {Stdin: strings.Replace(full, "name: cluster", "name: other", 1), Args: []string{"create", "-f", "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			reset(t)
			for _, user := range []string{cluster.NetAdmin, cluster.Admin} {
				command.User = user
				result := kubectl(t, command)
				if result.OK() || !strings.Contains(result.All(), "[sluice/leading-zero]") || !strings.Contains(result.All(), `write "10.0.0.1:2055"`) {
					t.Errorf("%s: exit status %d, printed %s", user, result.Code, result.All())
				}
			}
			if got := stored(t); got != "" {
				t.Errorf("stored %s all the same", got)
			}
		})
	}
}

// kubectl edit shows the answer as a comment in the editor, and keeps the file.
func TestEditShowsTheAnswerInTheEditor(t *testing.T) {
	reset(t)
	dir := t.TempDir()
	editor := filepath.Join(dir, "editor")
	script := "#!/bin/sh\nsed -i 's/^spec:/spec:\\n  exportNetworkFlows: {netFlow: {collectors: [10.0.0.01:2055]}}/' \"$1\"\n"
	if err := os.WriteFile(editor, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	result := kubectl(t, cluster.Command{
		User: cluster.NetAdmin, Env: []string{"KUBE_EDITOR=" + editor, "TMPDIR=" + dir},
		Args: []string{"edit", "network.operator", "cluster"},
	})
	files, err := filepath.Glob(filepath.Join(dir, "kubectl-edit-*.yaml"))
	if err != nil || result.OK() || len(files) == 0 {
		t.Fatalf("edit left %d files (%v) and printed %s", len(files), err, result.All())
	}
	var kept string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kept += string(text)
	}
	if !strings.Contains(kept, "# * spec.exportNetworkFlows.netFlow.collectors[0]: \"10.0.0.01:2055\": an octet has a leading zero") {
		t.Errorf("the editor shows no reason:\n%s", kept)
	}
	if got := stored(t); got != "" {
		t.Errorf("stored %s all the same", got)
	}
}

// Who may not edit the object at all is told so by the API server, not by Sluice.
func TestViewerIsRefusedByRBAC(t *testing.T) {
	reset(t)
	result := kubectl(t, cluster.Command{User: cluster.Viewer, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["x"]}}}}`}})
	if result.OK() || strings.Contains(result.All(), "sluice") || !strings.Contains(result.All(), "cannot patch resource") {
		t.Errorf("printed %s", result.All())
	}
}

// A canonical list passes byte for byte: GitOps tools must see no difference.
func TestCanonicalListIsUntouched(t *testing.T) {
	reset(t)
	const flows = `{"ipfix":{"collectors":["192.0.2.9:4739","192.0.2.1:4739"]},"netFlow":{"collectors":["198.51.100.7:2055","192.0.2.3:9995"]}}`
	if result := merge(t, flows); !result.OK() || result.Stderr != "" {
		t.Fatalf("printed %s", result.All())
	}
	if got := stored(t); got != flows {
		t.Errorf("stored %s, want %s", got, flows)
	}
	generation := func() string {
		return must(t, cluster.Command{User: cluster.Viewer, Args: []string{"get", "network.operator", "cluster", "-o", "jsonpath={.metadata.generation}"}}).Stdout
	}
	before := generation()
	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}})
	if after := generation(); after != before {
		t.Errorf("patching the same list changed the generation from %s to %s", before, after)
	}
}

func TestDryRunAnswersTheSameAndStoresNothing(t *testing.T) {
	reset(t)
	const flows = `{"netFlow":{"collectors":[" 192.0.2.1:02055"]}}`
	dry := merge(t, flows, "--dry-run=server")
	if got := stored(t); got != "" {
		t.Errorf("a dry run stored %s", got)
	}
	wet := merge(t, flows)
	if dry.Stderr != wet.Stderr || dry.Code != wet.Code || wet.Stderr == "" {
		t.Errorf("dry run printed %q, the real one %q", dry.Stderr, wet.Stderr)
	}
}
