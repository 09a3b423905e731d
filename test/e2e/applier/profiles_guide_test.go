package applier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// TestTheProfilesOfTheGuideAreAccepted: the API server takes each example of docs/profiles.md,
// and drops none of its fields.
func TestTheProfilesOfTheGuideAreAccepted(t *testing.T) {
	examples := profilesOfTheGuide(t)
	for _, manifest := range examples {
		command := cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"create", "--dry-run=server", "--validate=strict", "-f", "-"}}
		if _, err := shared.Must(t.Context(), command); err != nil {
			t.Errorf("%v\n%s", err, manifest)
		}
	}
	if len(examples) < 5 {
		t.Errorf("the guide has %d examples", len(examples))
	}
}

// profilesOfTheGuide are the examples of docs/profiles.md, by their headings.
func profilesOfTheGuide(t *testing.T) map[string]string {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "profiles.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]string{}
	for section := range strings.SplitSeq(string(text), "\n### ") {
		heading, body, _ := strings.Cut(section, "\n")
		_, block, found := strings.Cut(body, "```yaml\n")
		if manifest, _, closed := strings.Cut(block, "```"); found && closed {
			examples[heading] = manifest
		}
	}
	return examples
}

// Kind of fault: what is not known yet counted as nothing. A new node has no label, and one that registers again has
// lost it.
func TestTheGuideKeepsANodeWithoutLabelsFromExporting(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	apply(t, profilesOfTheGuide(t)["Export only from labeled nodes"])
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasNoRow(t, n)
	kubectl(t, "label", "node", n.Name, "flows.example.com/export=on")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	kubectl(t, "delete", "node", n.Name)
	if err := f.AddNode(t.Context(), n.Name, n.Address(false)); err != nil {
		t.Fatal(err)
	}
	hasNoRow(t, n)
}
