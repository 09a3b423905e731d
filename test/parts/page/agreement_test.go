package page

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

const profile = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata: {name: dense}
spec:
  nodeSelector: {matchLabels: {kubernetes.io/os: linux}}
  ipfix: {sampling: 100}
`

// The page lists the problems of "kubectl sluice status", with the same words: here of profiles, of the
// ConfigMap and of agents.
func TestThePageSaysWhatStatusSays(t *testing.T) {
	fleet(t, 4)
	must(t, cluster.Command{User: cluster.Admin, Args: []string{"delete", "lease", "-n", "sluice-agent", nodeName(3)}})
	change(t, health{second, "refused"}, nodeName(1))
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	compare(t, b, "AgentDown", "Refused")

	must(t, cluster.Command{User: cluster.Admin, Stdin: profile, Args: []string{"apply", "-f", "-"}})
	b.wait(`document.querySelector("#problem-list").innerText.includes("Outdated")`)
	compare(t, b, "AgentDown", "Outdated", "Refused")
	b.clean(link)
}

// compare waits until the page has as many problems as "status", and compares them.
func compare(t *testing.T, b *tab, reasons ...string) {
	t.Helper()
	out, _ := exec.CommandContext(t.Context(), shared.plugin, "status", "-o", "json", "--kubeconfig", shared.Kubeconfig(editorUser)).Output() // 1 for problems
	var status struct {
		Summary struct {
			Applied, Nodes, Exporting int
			Problems                  []struct {
				Reason, Message string
				Nodes           []string
			}
		}
	}
	if err := json.Unmarshal(out, &status); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var found []string
	for _, p := range status.Summary.Problems {
		found = append(found, p.Reason)
	}
	slices.Sort(found)
	if !slices.Equal(found, reasons) {
		t.Errorf("status has %v, want %v", found, reasons)
	}
	b.wait(fmt.Sprintf(`document.querySelectorAll("#problem-list article").length === %d`, len(found)))
	text := b.text("#problem-list")
	for _, p := range status.Summary.Problems {
		if !strings.Contains(text, p.Message) || !strings.Contains(text, strings.Join(p.Nodes, ", ")) {
			t.Errorf("the page does not say %q of %v:\n%s", p.Message, p.Nodes, text)
		}
	}
	export := map[bool]string{true: "exports", false: "export"}[status.Summary.Exporting == 1]
	if v := b.text("#verdict-text"); v != fmt.Sprintf("%d of %d nodes are up to date, %d %s to all collectors.", status.Summary.Applied, status.Summary.Nodes, status.Summary.Exporting, export) {
		t.Errorf("the page says %q, status %+v", v, status.Summary)
	}
}
