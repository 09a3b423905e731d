package compiled

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// notStored checks what docs/compatibility.md says of an API server that stores no compiled policy, and
// ends the test there; false on others.
func notStored(t *testing.T) bool {
	t.Helper()
	if shared.Minor >= 31 {
		return false
	}
	policies, err := filepath.Abs("../../parts/versions/testdata/policies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := exec.CommandContext(t.Context(), shared.program, "policy", "compile", "--policy", policies).Output()
	if err != nil {
		t.Fatal(err)
	}
	r, err := shared.Run(t.Context(), cluster.Command{User: cluster.Admin, Stdin: string(compiled), Args: []string{"apply", "-f", "-"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the bindings are stored
		remove := cluster.Command{User: cluster.Admin, Stdin: string(compiled), Args: []string{"delete", "--ignore-not-found", "-f", "-"}}
		if _, err := shared.Must(context.WithoutCancel(t.Context()), remove); err != nil {
			t.Error(err)
		}
	})
	if r.OK() || !strings.Contains(r.Stderr, `"sluice-networks" is invalid`) || !strings.Contains(r.Stderr, "undeclared reference to 'cidr'") {
		t.Errorf("the API server stores the compiled policies, or refuses them for another reason: exit %d: %s", r.Code, r.All())
	}
	return true
}
