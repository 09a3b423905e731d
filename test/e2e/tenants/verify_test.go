package tenants

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/api/v1alpha1"
	"sluice/test/harness/cluster"
)

// A tenant verifies its FlowExports with the right to read them, and no other.
func TestATenantVerifies(t *testing.T) {
	reset(t)
	t.Cleanup(func() { reset(t) })
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	verify := func(code int, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), plugin, append([]string{"verify", "-n", "team-a", "--kubeconfig=" + shared.Kubeconfig(alice)}, args...)...)
		out, _ := cmd.CombinedOutput() // the status is checked
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("verify %v: exit status %d, want %d:\n%s", args, got, code, out)
		}
		return string(out)
	}
	says := func(out string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(out, text) {
				t.Errorf("verify does not say %q:\n%s", text, out)
			}
		}
	}
	says(verify(2), "there is no FlowExport in namespace team-a")
	policies(t, teamA)
	passes(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`))
	accepted(t, "siem", "Allowed")
	says(verify(2, "other"), "there is no FlowExport other in namespace team-a")
	says(verify(2, "--node=a"), "name FlowExports as arguments")
	says(verify(1, "--timeout=1s"), "siem  0 of 0  0        no records: no node has reported a pod yet")

	reportFrom(t, 2)
	is := func(want string) {
		t.Helper()
		eventually(t, func() string {
			for _, f := range exports(t).Items {
				if got := exporting(&f); got != want {
					return fmt.Sprintf("%s is %s", f.Name, got)
				}
			}
			return ""
		})
	}
	is("True Sending")
	report(t, 2, v1alpha1.CollectorIdle, 100)
	is("False Idle")
	says(verify(1, "--timeout=1s"), "siem  0 of 2  0        no records: all nodes with pods are ready, but no packet was sampled")

	// While it waits, the nodes send.
	var out bytes.Buffer
	waiting := exec.CommandContext(t.Context(), plugin, "verify", "-n", "team-a", "-o", "json", "--kubeconfig="+shared.Kubeconfig(alice))
	waiting.Stdout, waiting.Stderr = &out, &out
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- waiting.Wait() }()
	records, state, written := int64(100), v1alpha1.CollectorSending, time.Time{}
	eventually(t, func() string {
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%v: %s", err, &out)
			}
			return ""
		default:
		}
		// The status says in which minute the last record was sent: only a later one than that of the beginning is sure.
		minute := time.Now().Truncate(time.Minute)
		if minute.Equal(written) {
			return "the minute is not over"
		}
		written = minute
		records++ // a change of the state is stored at once, with the counters
		report(t, 2, state, records)
		if state == v1alpha1.CollectorSending {
			state = v1alpha1.CollectorIdle
		} else {
			state = v1alpha1.CollectorSending
		}
		return "verify still waits"
	})
	var result struct {
		Kind    string
		Results []struct {
			Name, Result string
			Records      int64
		}
	}
	if err := json.Unmarshal(out.Bytes(), &result); err != nil || result.Kind != "FlowExportVerificationReport" || len(result.Results) != 1 || result.Results[0].Result != "Sent" || result.Results[0].Records == 0 {
		t.Errorf("%v: %s", err, &out)
	}

	report(t, 2, v1alpha1.CollectorRefused, records)
	is("False Refused")
	says(verify(1, "--timeout=1s"), "failing: Refused: the host of a collector answers that nothing listens there")
	policies(t)
	accepted(t, "siem", "Denied")
	says(verify(1), "not accepted: Denied: ")
}

// report stores what simulated nodes of reportFrom report from now on.
func report(t *testing.T, many int, state v1alpha1.CollectorState, records int64) {
	t.Helper()
	for i := range many {
		var n v1alpha1.NodeFlowExport
		if err := shared.Client.Get(t.Context(), client.ObjectKey{Name: fmt.Sprintf("reporting-%03d", i)}, &n); err != nil {
			t.Fatal(err)
		}
		reported(t, &n, exports(t), state, records)
	}
}
