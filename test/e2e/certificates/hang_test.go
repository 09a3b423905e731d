package certificates

import (
	"testing"
	"time"

	"sluice/test/harness/cluster"
)

// TestAHang stops a replica without ending it. Changes that meet it are refused after the
// timeout, until its probe has failed as often as the manifests allow; none passes unseen.
func TestAHang(t *testing.T) {
	installed := install(t, "managed")
	var log cluster.Log
	_, list := twoReplicas(t, &log, installed)
	guarded(t)
	run := startTraffic(t, shared)
	run.passes(t, rate)
	began := time.Now()
	if err := list[0].Hang(); err != nil {
		t.Fatal(err)
	}
	// A call that waits holds one of the workers for 5 seconds, so quiet is longer than that.
	const quiet = 8 * time.Second
	failed, last := 0, time.Now()
	eventually(t, func() string {
		c := run.soFar()
		if c.failed != failed {
			failed, last = c.failed, time.Now()
		}
		if failed == 0 || time.Since(last) < quiet {
			return "changes are still refused because they meet the replica that hangs"
		}
		return ""
	})
	c := run.end(t)
	if c.admitted != 0 || c.unavailable != 0 {
		t.Errorf("%+v", c)
	}
	t.Logf("%d of %d changes were refused, the last one %s after the replica hung", c.failed, c.accepted+c.refused+c.failed, last.Sub(began).Round(time.Second))
}
