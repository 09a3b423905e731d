package applier

import (
	"context"
	"fmt"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/test/harness/cluster"
)

// renew renews a Lease as the agent of a node with a wrong clock does.
func renew(t *testing.T, node string, ahead time.Duration) {
	t.Helper()
	text := fmt.Sprintf(`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":%q,"namespace":%q},"spec":{"holderIdentity":%q,"leaseDurationSeconds":100,"renewTime":%q}}`,
		node, cluster.AgentNamespace, node, time.Now().Add(ahead).UTC().Format(metav1.RFC3339Micro))
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: cluster.AgentNamespace, Name: node}}
	if err := shared.Client.Patch(t.Context(), lease, client.RawPatch(types.ApplyPatchType, []byte(text)), client.FieldOwner("sluice-agent"), client.ForceOwnership); err != nil {
		t.Fatal(err)
	}
}

// The API server notes by its own clock when a Lease was renewed, so a node's clock makes no live agent dead, and no
// dead one alive.
func TestAWrongClockOfANodeIsTold(t *testing.T) {
	f := newFleet(t, "node-a")
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Exporting", "True", "SocketsOpen")
	statusSays(t, 0, "1 of 1 node is up to date")
	a.Kill() // the report stays as it is
	for _, c := range []struct {
		ahead time.Duration
		says  string
	}{
		{-24*time.Hour - 30*time.Minute, "ClockBehind: the clock of the node is 24h behind the API server's"},
		{5*time.Minute + 30*time.Second, "ClockAhead: the clock of the node is 5m"},
		{-5*time.Minute - 30*time.Second, "ClockBehind: the clock of the node is 5m"},
		{24*time.Hour + 30*time.Minute, "ClockAhead: the clock of the node is 24h ahead"},
	} {
		renew(t, "node-a", c.ahead)
		statusSays(t, 1, "1 problem", "1 of 1 node is up to date, 1 exports to all collectors.", "node-a: "+c.says)
	}
	renew(t, "node-a", 0)
	statusSays(t, 0, "1 of 1 node is up to date")
}

// An agent compares the end of a verification with its own clock.
func TestTheRequestOfAVerificationIsByTheClockOfTheNode(t *testing.T) {
	f := newFleet(t, "node-a")
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Exporting", "True", "SocketsOpen")
	a.Kill()
	for _, ahead := range []time.Duration{-2 * time.Hour, 2 * time.Hour} {
		renew(t, "node-a", ahead)
		done := make(chan struct{})
		go func() {
			defer close(done)
			plugin(t, "", "verify", "--timeout=5s")
		}()
		eventually(t, func(ctx context.Context) string {
			report, err := shared.Report(ctx, "node-a")
			if err != nil {
				return err.Error()
			}
			request := report.Annotations["sluice.dev/verify"]
			until, err := time.Parse(time.RFC3339Nano, request)
			if err != nil {
				return "no request: " + request
			}
			if off := until.Sub(time.Now().Add(ahead)); off.Abs() > time.Minute {
				t.Errorf("with a clock ahead by %s, the request ends %s after now", ahead, off)
			}
			return ""
		})
		<-done
	}
}
