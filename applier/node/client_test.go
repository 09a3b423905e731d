package node_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/validation"
)

// failing is an Open vSwitch of which some transactions fail.
type failing struct {
	fails []bool
	calls []string
}

func (f *failing) Run(_ context.Context, program string, args ...string) (string, error) {
	f.calls = append(f.calls, program+" "+strings.Join(args, " "))
	if f.fails[len(f.calls)-1] {
		return "", &ovs.ToolError{Program: program, Cause: ovs.CauseTimedOut}
	}
	return "", nil
}

// Kind of fault: an answer that did not come in time was taken for a transaction that was not committed, so that it was not
// undone: all targets were gone.
func TestWhatIsStoredForAMomentIsRestoredWhateverHappens(t *testing.T) {
	row := ovs.Row{UUID: "row", Exporter: ovs.Exporter{Format: validation.IPFIX, Targets: []string{"192.0.2.1:4739"}}}
	for name, fails := range map[string][]bool{"neither": {false, false}, "the first one": {true, false}, "the second one": {false, true}, "both": {true, true}} {
		for restored, change := range map[string]func(node.Client) error{
			`set IPFIX row targets=["192.0.2.1:4739"]`: func(c node.Client) error { return c.Restart(t.Context(), ovs.Bridge{}, row) },
			"clear IPFIX row cache_active_timeout":     func(c node.Client) error { return c.Reopen(t.Context(), ovs.Bridge{}, row) },
		} {
			runner := &failing{fails: fails}
			err := change(node.Client{Runner: runner, Timeout: time.Second})
			if len(runner.calls) != 2 || !strings.HasSuffix(runner.calls[1], restored) {
				t.Errorf("%s fails: not restored: %q", name, runner.calls)
			}
			tool, failed := errors.AsType[*ovs.ToolError](err)
			if failed != (fails[0] || fails[1]) || failed && tool.Cause != ovs.CauseTimedOut {
				t.Errorf("%s fails: %v", name, err)
			}
		}
	}
}
