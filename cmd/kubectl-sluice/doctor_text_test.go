package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/cmd/kubectl-sluice/internal/doctor"
)

// someFindings have texts of all kinds: long ones, several commands, and commands within a text.
func someFindings() []doctor.Finding {
	return []doctor.Finding{
		{ID: "crds", State: doctor.OK, What: "CRDs of Sluice"},
		{ID: "versions", State: doctor.OK, What: "versions of Sluice's programs", Detail: "the plugin v0.2.0, the webhook v0.2.0, the controller v0.2.0, the agents v0.2.0 on 512 nodes"},
		{
			ID: "pods", State: doctor.Bad, What: "pods of Sluice",
			Why: "2 of 5 do not run or are not ready: sluice-system/sluice-webhook-7c9d8-abcde: CrashLoopBackOff, it ended with exit code 1 (Error); sluice-agent/sluice-agent-x: ImagePullBackOff",
			Do:  "kubectl -n sluice-system describe pod sluice-webhook-7c9d8-abcde; kubectl -n sluice-system logs sluice-webhook-7c9d8-abcde --previous",
		},
		{
			ID: "rejection", State: doctor.Bad, What: "rejection of a malformed list (server-side dry run; nothing is stored)",
			Why: "the API server can't reach the webhook, or does not trust it: failed calling webhook \"sluice.dev\": context deadline exceeded",
			Do: "if the API server can't connect, see the pods: kubectl -n sluice-system get pods -l app.kubernetes.io/component=webhook -o wide; kubectl -n sluice-system logs -l app.kubernetes.io/component=webhook; " +
				"if it connects and does not trust the certificate, see the certificate authority above; kubectl sluice runbook SluiceWebhookCallsFail",
		},
		{
			ID: "webhook-ca", State: doctor.Warn, What: "certificate authority of the webhook", Why: "it is expired",
			Do: "check what writes it: with --certs=managed the controller (kubectl -n sluice-system logs deployment/sluice-controller), otherwise OpenShift's service CA or cert-manager's cainjector",
		},
		{ID: "monitoring", State: doctor.Unknown, What: "alerts", Why: "the cluster can't be read"},
	}
}

// TestFindingsFitTheTerminal: only a command is longer than a line, and it is in one.
func TestFindingsFitTheTerminal(t *testing.T) {
	for _, width := range []int{0, 80, 200} {
		var out bytes.Buffer
		writeFindings(&out, width, false, "context east-admin, https://api.east.example.com:6443", someFindings())
		path := filepath.Join("testdata", "doctor", fmt.Sprintf("%d.golden", width))
		if *update {
			if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%d (-want +got):\n%s", width, diff)
		}
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			if n := len([]rune(line)); width > 0 && n > width && !strings.Contains(line, "kubectl ") {
				t.Errorf("%d characters: %s", n, line)
			}
		}
		for _, f := range someFindings() {
			for _, c := range command().FindAllString(f.Do, -1) {
				if !strings.Contains(out.String(), c) {
					t.Errorf("at %d, the command is broken: %s", width, c)
				}
			}
		}
	}
}
