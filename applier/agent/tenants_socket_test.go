package agent

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/go-logr/logr/testr"

	"sluice/applier/desired"
	"sluice/applier/ovs"
)

// Kind of fault: a socket that ovs-vswitchd may still send to is left open and forgotten, because another one is opened.
func TestASocketThatCannotBeClosedYetIsUsedAgain(t *testing.T) {
	opened := 0
	tenants := newTenants(Config{
		Node: "a", Now: time.Now, Linger: time.Minute, Log: testr.New(t),
		Listen: func(ctx context.Context) (net.PacketConn, error) {
			opened++
			return ListenLocally(ctx)
		},
	})
	t.Cleanup(tenants.close)
	tenants.interfaces([]ovs.Interface{{Row: "1", Name: "p", Index: 1, ID: "team-a_web"}})
	want := desired.State{Tenants: &ovs.Exporter{Format: ipfix}}
	accepted := desired.Inputs{FlowExports: []desired.FlowExport{{Namespace: "team-a", Name: "siem", UID: "u"}}}
	denied := desired.Inputs{DeniedFlowExports: []string{"u"}}
	unwritten := &reconciliation{writeErr: errors.New("the database is read-only")}
	first := ""
	for range 5 {
		target := tenants.follow(t.Context(), accepted, want, true)
		if first == "" {
			first = target
		}
		if target != first || tenants.address() != first {
			t.Fatalf("the target is %q and the socket %q, not %q", target, tenants.address(), first)
		}
		tenants.settle(unwritten)
		if target := tenants.follow(t.Context(), denied, want, true); target != "" {
			t.Fatalf("denied, but the target is %q", target)
		}
		tenants.settle(unwritten)
	}
	if opened != 1 {
		t.Errorf("%d sockets were opened", opened)
	}
	tenants.settle(&reconciliation{}) // the row lacks it
	if tenants.end != nil {
		t.Error("the socket is still open")
	}
	if tenants.follow(t.Context(), accepted, want, true) == "" || opened != 2 {
		t.Errorf("%d sockets were opened", opened)
	}
	tenants.follow(t.Context(), denied, want, true)
	tenants.settle(&reconciliation{})
}
