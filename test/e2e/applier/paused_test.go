package applier

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// metricIs waits until an agent's metrics have a line.
func metricIs(t *testing.T, address, line string) {
	t.Helper()
	eventually(t, func(ctx context.Context) string {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
		if err != nil {
			return err.Error()
		}
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			return err.Error()
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || !strings.Contains(string(text), "\n"+line+"\n") {
			return fmt.Sprintf("no %s: %v", line, err)
		}
		return ""
	})
}

// What a profile pauses is no problem by itself, but seen. What goes on in spite of the pause is one.
func TestAPauseByIntentionIsNoProblem(t *testing.T) {
	f := newQuietFleet(t, "node-a", "node-b")
	_, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	address := freeAddress(t)
	startAgent(t, f, f.Nodes[0], "--metrics-bind="+address)
	startAgent(t, f, f.Nodes[1])
	statusSays(t, 0, "2 of 2 nodes are up to date, 2 export to all collectors.\n")
	metricIs(t, address, "sluice_agent_paused 0")

	kubectl(t, "label", "node", "node-a", "canary=on")
	profile := "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: canary}\nspec: {nodeSelector: {matchLabels: {canary: \"on\"}}, mode: Observe, ipfix: {sampling: 100}}\n"
	apply(t, profile)
	hasCondition(t, "node-a", "Applied", "False", "ObserveOnly")
	statusSays(t, 0, "OK", "1 of 2 nodes are up to date, 1 exports to all collectors. 1 node is paused by its FlowExportProfile.", "node-a  Observe  False")
	metricIs(t, address, "sluice_agent_paused 1")
	if out, _ := plugin(t, "", "doctor"); !strings.Contains(out, "1 of 2 nodes are up to date, 1 paused by a FlowExportProfile") {
		t.Errorf("doctor does not say that a node is paused:\n%s", out)
	}

	out, code := plugin(t, "", "verify", "--node=node-a")
	expect(t, out, code, 1, "skipped: FlowExportProfile canary pauses the agent", "Nothing was verified")

	// Another program changes the export.
	vsctl(t, f.Nodes[0], "set", "IPFIX", "br-int", "sampling=7")
	statusSays(t, 1, "node-a: ForeignWrite: ", "1 node is paused by its FlowExportProfile.")
	vsctl(t, f.Nodes[0], "set", "IPFIX", "br-int", "sampling=400")
	statusSays(t, 0, "1 node is paused by its FlowExportProfile.")

	// The node exports what is no longer configured.
	export(t, `{"ipfix":null}`)
	statusSays(t, 1, "node-a: ObserveOnly: the IPFIX row in Open vSwitch is not desired: FlowExportProfile canary sets the mode Observe")
	metricIs(t, address, "sluice_agent_paused 0")
	kubectl(t, "delete", "flowexportprofile", "canary")
	statusSays(t, 0, "No collectors are configured. 2 of 2 nodes are up to date.\n")
}

// freeAddress is a port of loopback that was free.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
