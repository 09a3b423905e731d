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
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "profiles.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for i, block := range strings.Split(string(text), "```") {
		manifest, ok := strings.CutPrefix(block, "yaml\n")
		if i%2 == 0 || !ok {
			continue
		}
		examples++
		command := cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"create", "--dry-run=server", "--validate=strict", "-f", "-"}}
		if _, err := shared.Must(t.Context(), command); err != nil {
			t.Errorf("%v\n%s", err, manifest)
		}
	}
	if examples < 4 {
		t.Errorf("the guide has %d examples", examples)
	}
}
