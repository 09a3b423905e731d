package agent_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/validation"
)

// socket tells when it is closed.
type socket struct {
	net.PacketConn
	closed *atomic.Bool
}

func (s socket) Close() error {
	s.closed.Store(true)
	return s.PacketConn.Close()
}

// Kind of fault: the socket of a verification was closed although Open vSwitch could not be written, so that
// ovs-vswitchd went on sending every record to a port that any program of the node could get.
func TestTheSocketOfAVerificationStaysWhileItIsATarget(t *testing.T) {
	for name, end := range map[string]func(s *source, in *desired.Inputs){
		"the request is gone": func(s *source, _ *desired.Inputs) {
			s.mu.Lock()
			s.verify = ""
			s.mu.Unlock()
		},
		"the node is paused": func(_ *source, in *desired.Inputs) { in.Profiles = pausing(v1alpha1.FlowExportProfileSpec{}) },
	} {
		for obstacle, fails := range map[string]func(*away, bool){
			"ovsdb-server is away":  func(sw *away, fails bool) { sw.reads.Store(fails) },
			"the transactions fail": func(sw *away, fails bool) { sw.writes.Store(fails) },
		} {
			t.Run(name+", "+obstacle, func(t *testing.T) {
				sw := &away{Switch: newSwitch()}
				var closed atomic.Bool
				s := startAgentOn(t, sw, func(c *agent.Config) {
					c.Changes = sw.Changes()
					c.Listen = func(ctx context.Context) (net.PacketConn, error) {
						conn, err := agent.ListenLocally(ctx)
						return socket{conn, &closed}, err
					}
				})
				in := desired.Inputs{Network: network(t, `{"ipfix":{"collectors":["192.0.2.3:4739"]}}`)}
				s.mu.Lock()
				s.verify = time.Now().Add(time.Hour).Format(time.RFC3339Nano)
				s.mu.Unlock()
				s.setAll(in)
				targets(t, sw.Switch, 1, "192.0.2.3:4739")
				fails(sw, true)
				end(s, &in)
				for range 3 { // the agent has ended with the first when it takes the third
					s.setAll(in)
				}
				staysOpen(t, sw, &closed)
				in.Profiles = pausing(v1alpha1.FlowExportProfileSpec{}) // also if it is paused only then
				for range 3 {
					s.setAll(in)
				}
				staysOpen(t, sw, &closed)
				fails(sw, false)
				for range 3 {
					s.setAll(in)
				}
				targets(t, sw.Switch, 0, "192.0.2.3:4739")
				if !closed.Load() {
					t.Error("the socket is not closed")
				}
			})
		}
	}
}

// staysOpen checks that a socket is open if a target of the agent's own is in the row.
func staysOpen(t *testing.T, sw *away, closed *atomic.Bool) {
	t.Helper()
	isClosed := closed.Load() // the target is removed before the socket is closed
	state, err := sw.Switch.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	row, _ := state.Export(validation.IPFIX)
	if targets := row.Exporter.CanonicalTargets(); isClosed && len(targets) > 1 {
		t.Errorf("the socket is closed, and the targets are %s", targets)
	}
}
