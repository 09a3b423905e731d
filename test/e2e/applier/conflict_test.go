package applier

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/node"
)

// overwrite makes another program write the NetFlow row every 200 ms, each time as a new row, until the
// returned function is called. It alternates between some contents.
func overwrite(t *testing.T, n *node.Node, targets ...string) (stop func() (writes int)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	writes := make(chan int, 1)
	go func() {
		count := 0
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for ; ctx.Err() == nil; count++ {
			_, _ = n.Vsctl(ctx, "--", "--id=@r", "create", "NetFlow", fmt.Sprintf("targets=[%q]", targets[count%len(targets)]), "active_timeout=60",
				"--", "set", "Bridge", "br-int", "netflow=@r") // the last one is canceled
			select {
			case <-ctx.Done():
			case <-ticker.C:
			}
		}
		writes <- count
	}()
	return func() int { cancel(); return <-writes }
}

// Kind of fault: a debounce without a cap. The other program writes more often than the hold-down is long,
// with the same content and with others, so that there is never a pause.
func TestAWriterThatNeverPausesEndsInAConflict(t *testing.T) {
	for name, targets := range map[string][]string{
		"the same content": {"203.0.113.9:2055"},
		"others":           {"203.0.113.9:2055", "203.0.113.10:2055", "203.0.113.11:2055"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, "node-a")
			n := f.Nodes[0]
			_, target := listen(t, f, false)
			export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
			flags := []string{"--hold-down=1s", "--max-repairs=3"}
			a := startAgent(t, f, n, flags...)
			hasCondition(t, n.Name, "Applied", "True", "InSync")
			h := record(t, n)
			stop := overwrite(t, n, targets...)
			hasCondition(t, n.Name, "Conflict", "True", "GaveUp")
			repairs := 0
			for _, state := range h.all()[1:] {
				if strings.HasPrefix(state, target+"|") {
					repairs++
				}
			}
			if repairs < 1 || repairs > 3 {
				t.Errorf("%d repairs", repairs)
			}
			// An agent that restarts goes on where the one before ended, even one that crashes.
			a.Kill()
			kubectl(t, "delete", "nodeflowexport", n.Name)
			a = startAgent(t, f, n, flags...)
			hasCondition(t, n.Name, "Conflict", "True", "GaveUp")
			hasCondition(t, n.Name, "Applied", "False", "Conflict")
			// A verification is no new desire.
			kubectl(t, "annotate", "nodeflowexport", n.Name, "sluice.dev/verify="+time.Now().Add(4*time.Second).UTC().Format(time.RFC3339))
			eventually(t, func(ctx context.Context) string {
				r, err := shared.Report(ctx, n.Name)
				if err != nil || r == nil || r.Status.Verification == nil || r.Status.Verification.Phase != "Done" {
					return "the verification is not done"
				}
				return ""
			})
			hasCondition(t, n.Name, "Conflict", "True", "GaveUp")
			if writes := stop(); writes < 10 {
				t.Errorf("only %d writes of the other program", writes)
			}
			if a.Writes() != 0 {
				t.Errorf("the second agent wrote %d times", a.Writes())
			}
			export(t, `{"netFlow":{"collectors":["`+target+`","192.168.1.98:2055"]}}`)
			hasCondition(t, n.Name, "Conflict", "False", "None")
			hasCondition(t, n.Name, "Applied", "True", "InSync")
		})
	}
}
