package policies

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// TestTheAuditIsReported installs OpenReports' own CRD next to a running Sluice.
func TestTheAuditIsReported(t *testing.T) {
	reset(t)
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/openreports/reports-api").Output()
	if err != nil {
		t.Fatal(err)
	}
	crd, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "config", "crd", "openreports.io_clusterreports.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	must(t, cluster.Admin, string(crd), "apply", "--server-side", "-f", "-")
	t.Cleanup(func() {
		if _, err := shared.Kubectl(afterwards(t), cluster.Admin, "delete", "crd", "clusterreports.openreports.io"); err != nil {
			t.Error(err)
		}
	})
	must(t, cluster.Admin, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/clusterreports.openreports.io")
	store(t, `{"netFlow":{"collectors":["203.0.113.9:2055"]}}`)
	apply(t, `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: stay-inside}
spec: {allow: [{destinations: [10.0.0.0/8]}]}
`)
	become := func(what, want string) {
		t.Helper()
		eventually(t, func() string {
			r := kubectl(t, cluster.Admin, "", "get", "clusterreport", "sluice", "-o", "jsonpath={.summary.pass} {.summary.fail} {.results[0].policy}/{.results[0].rule} {.results[0].result} {.results[0].resources[0].kind} {.results[0].properties.value}")
			if r.Stdout == want {
				return ""
			}
			return what + ": " + r.All()
		})
	}
	become("the violation is not reported", "0 1 stay-inside/allow fail Network 203.0.113.9:2055")
	store(t, `{"netFlow":{"collectors":["10.0.0.1:2055"]}}`)
	become("what was mended is reported still", "1 0 stay-inside/ pass  ")
}
