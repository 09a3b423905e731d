package applier

import (
	"context"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/test/harness/cluster"
	"sluice/test/harness/terminal"
)

// More nodes than lines: what changes is seen at once, within the height of the terminal, and it never flickers.
func TestStatusIsWatchedInATerminal(t *testing.T) {
	f := newFleet(t, "node-a")
	_, target := listen(t, f, false)
	for i := range 60 {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-without-%02d", i)}}
		if err := shared.Client.Create(t.Context(), node); err != nil {
			t.Fatal(err)
		}
	}
	startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Applied", "True", "NothingConfigured")
	const rows, columns = 24, 80
	p, err := terminal.Start(t.Context(), rows, columns, []string{"KUBECONFIG=" + shared.Kubeconfig(cluster.Admin)}, pluginProgram, "status", "-w")
	if err != nil {
		t.Fatal(err)
	}
	says := func(texts ...string) {
		t.Helper()
		eventually(t, func(context.Context) string {
			now := p.Text()
			for _, text := range texts {
				if !strings.Contains(now, text) {
					return fmt.Sprintf("the terminal does not show %q:\n%s", text, now)
				}
			}
			return ""
		})
	}
	says("1 problem", "NoReport", "node-without-00", "Updated on every change, last at", "more nodes with problems")
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	says("IPFIX", target, "1 of 61 nodes are up to date")
	f.Nodes[0].StopDatabase()
	says("SocketMissing", "0 of 61 nodes are up to date")
	if p.Scrolled() > 0 || p.Erased() > 0 || p.Unknown() > 0 {
		t.Errorf("scrolled %d times, cleared %d times, %d unknown control sequences:\n%s", p.Scrolled(), p.Erased(), p.Unknown(), p.Text())
	}
	if code, err := p.Stop(); err != nil || code != 0 {
		t.Errorf("after Ctrl-C: exit status %d, %v", code, err)
	}
}
