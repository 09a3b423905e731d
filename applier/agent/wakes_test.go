package agent_test

import (
	"io"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"

	"sluice/applier/agent"
	"sluice/applier/desired"
)

// Kind of fault: a tenant makes the agents of all nodes work as often as it likes.
func TestATenantDoesNotKeepTheAgentBusy(t *testing.T) {
	for name, test := range map[string]struct {
		changed func(generation int64) desired.Inputs
		most    int64
	}{
		"without a pod here": {func(g int64) desired.Inputs {
			return desired.Inputs{FlowExports: []desired.FlowExport{tenantOf("team-a"), generationOf("team-x", g)}}
		}, 3},
		"that no policy allows": {func(int64) desired.Inputs {
			return desired.Inputs{FlowExports: []desired.FlowExport{tenantOf("team-a")}, DeniedFlowExports: []string{"x"}}
		}, 13},
		"with a pod here": {func(g int64) desired.Inputs {
			return desired.Inputs{FlowExports: []desired.FlowExport{generationOf("team-a", g)}}
		}, 13},
	} {
		t.Run(name, func(t *testing.T) {
			sw := newSwitch()
			var a *agent.Agent
			var reconciled atomic.Int64
			s := startAgentWith(t, sw, func(c *agent.Config) {
				c.Changes = sw.Changes()
				c.Now = func() time.Time { return time.Unix(1_800_000_000, 0) } // no time passes by itself
				c.Log = funcr.NewJSON(func(line string) {
					if strings.Contains(line, `"msg":"reconciled"`) {
						reconciled.Add(1)
					}
				}, funcr.Options{Verbosity: 1})
				c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
			}, func(made *agent.Agent) { a = made })
			change := func(in desired.Inputs) {
				in.Network = network(t, `{}`)
				s.mu.Lock()
				s.inputs = in
				s.mu.Unlock()
				s.changes <- struct{}{}
			}
			a.Interfaces(interfacesOf("team-a"))
			change(desired.Inputs{FlowExports: []desired.FlowExport{tenantOf("team-a")}})
			targets(t, sw, 1)
			before := reconciled.Load()
			const changes = 18
			for i := range changes {
				change(test.changed(int64(i + 3)))
			}
			if n := reconciled.Load() - before; n > test.most { // at first, the agent hears of what it wrote
				t.Errorf("%d changes made the agent reconcile %d times", changes, n)
			}
			change(desired.Inputs{DeniedFlowExports: []string{"u-team-a"}}) // at once, no time passes
			targets(t, sw, 0)
		})
	}
}

// generationOf is a FlowExport after some changes.
func generationOf(namespace string, generation int64) desired.FlowExport {
	e := tenantOf(namespace)
	e.Generation = generation
	return e
}
