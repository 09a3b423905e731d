package page

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/internal/kube"
	"sluice/test/harness/cluster"
)

// ails changes a condition in the reports of nodes.
func ails(t *testing.T, kind, reason, message string, names ...string) {
	t.Helper()
	for _, name := range names {
		n, err := shared.client.Resource(kube.NodeFlowExports()).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		conditions := n.Object["status"].(map[string]any)["conditions"].([]any)
		for _, c := range conditions {
			if one := c.(map[string]any); one["type"] == kind {
				one["status"], one["reason"], one["message"] = map[bool]string{true: "True", false: "False"}[kind == "Drifted" || kind == "PerformanceRisk"], reason, message
			}
		}
		if _, err := shared.client.Resource(kube.NodeFlowExports()).UpdateStatus(t.Context(), n, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// silent makes the agents of nodes silent.
func silent(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		must(t, cluster.Command{User: cluster.Admin, Args: []string{"patch", "lease", "-n", "sluice-agent", name, "--type=merge", "-p", `{"spec":{"renewTime":"` + time.Now().Add(-12*time.Minute).UTC().Format(metav1.RFC3339Micro) + `","leaseDurationSeconds":40}}`}})
	}
}

const refusal = "IPFIX " + second + ": Connection refused; start the collector, or remove it from the list"

// unwell is a cluster with problems of several kinds.
func unwell(t *testing.T, nodes int) {
	t.Helper()
	fleet(t, nodes)
	if nodes == 3 {
		change(t, health{second, refusal}, nodeName(1))
		silent(t, nodeName(2))
		return
	}
	for i := range 37 {
		change(t, health{second, refusal}, nodeName(i*7))
	}
	silent(t, nodeName(501), nodeName(502))
	ails(t, "OVSReachable", "SocketMissing", "there is no socket /var/run/openvswitch/db.sock; is ovsdb-server running?", nodeName(600))
	ails(t, "PerformanceRisk", "PacketsLost", "the datapath lost 120 packets in the last minute; sample less often", nodeName(601), nodeName(602))
}

// Each problem has its reason, what is wrong, the nodes, and a page that says what to do, which opens without a network.
func TestEachProblemSaysWhatToDo(t *testing.T) {
	for nodes, want := range map[int][]string{3: {"AgentDown", "Refused"}, 1000: {"AgentDown", "PacketsLost", "Refused", "SocketMissing"}} {
		t.Run(count(nodes), func(t *testing.T) {
			unwell(t, nodes)
			p := ui(t, editorUser)
			b := browser(t, 1280, 900)
			link := p.link()
			b.open(link)
			b.wait(fmt.Sprintf(`document.querySelectorAll("#problem-list article").length === %d`, len(want)))
			type problem struct{ Reason, Message, Since, Names, Runbook string }
			found := get[[]problem](b, `[...document.querySelectorAll("#problem-list article")].map((a) => ({
			  Reason: a.getAttribute("aria-label"), Message: a.querySelector(".message")?.innerText ?? "", Since: a.querySelector("time")?.dateTime ?? "",
			  Names: a.querySelector(".names")?.innerText ?? "", Runbook: a.querySelector("summary code")?.innerText ?? "" }))`)
			var reasons []string
			for _, one := range found {
				reasons = append(reasons, one.Reason)
				if one.Message == "" || !strings.HasPrefix(one.Names, "worker-") || !strings.HasPrefix(one.Runbook, "kubectl sluice runbook Sluice") || (one.Since == "") != (one.Reason == "AgentDown") {
					t.Errorf("a problem without a message, a node, a time or a page: %+v", one)
				}
			}
			if slices.Sort(reasons); !slices.Equal(reasons, want) {
				t.Errorf("%q, want %q", reasons, want)
			}
			b.shot(fmt.Sprintf("problems-%d", nodes))
			b.run(chromedp.Evaluate(`document.querySelector("#problem-list summary").focus()`, nil), chromedp.KeyEvent(kb.Enter))
			b.wait(`document.querySelector("#problem-list details").open && document.querySelector("#problem-list pre").innerText.includes("Diagnosis")`)
			b.shot(fmt.Sprintf("runbook-%d", nodes))
			b.clean(link)
		})
	}
}

// The section about the installation has the findings of doctor, in its words. What is not well has a cause, and a
// command that can be copied.
func TestTheInstallationOnThePage(t *testing.T) {
	unwell(t, 3)
	p := ui(t, cluster.Admin)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	b.run(chromedp.Evaluate(`document.querySelector("#doctor-run").focus()`, nil), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelectorAll("#doctor-list li").length > 15`)
	b.shot("doctor")
	command := exec.CommandContext(t.Context(), shared.plugin, "doctor", "-o", "json")
	command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(cluster.Admin))
	out, _ := command.Output() // 1 for what is wrong
	type found struct{ State, What, Detail, Why, Do string }
	var report struct {
		Findings []found
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	type finding struct{ State, Text, Fix string }
	shown := get[[]finding](b, `[...document.querySelectorAll("#doctor-list li")].map((l) => ({ State: l.dataset.state, Text: l.innerText, Fix: [...l.querySelectorAll("code")].map((c) => c.innerText).join("; ") }))`)
	if len(shown) != len(report.Findings) {
		t.Fatalf("the page shows %d findings, doctor has %d", len(shown), len(report.Findings))
	}
	rank := map[string]int{"bad": 0, "unknown": 1, "warn": 2, "ok": 3}
	slices.SortStableFunc(report.Findings, func(a, b found) int { return rank[a.State] - rank[b.State] })
	bad := 0
	for i, f := range report.Findings {
		got := shown[i]
		for _, text := range []string{f.What, f.Detail} {
			if got.State != f.State || !strings.Contains(got.Text, text) {
				t.Errorf("the page shows %+v, doctor %+v", got, f)
			}
		}
		if f.State == "unknown" {
			t.Errorf("the administrator may read everything, but %q is unknown: %s\n%s\n%s", f.What, f.Why, must(t, cluster.Command{User: cluster.Admin, Args: []string{"get", "leases", "-n", "sluice-system", "-o", "yaml"}}).Stdout, shared.log)
		}
		if f.State == "bad" {
			bad++
			if f.Why == "" || !strings.Contains(got.Text, "Fix:") {
				t.Errorf("no cause or no fix: %+v", got)
			}
			if strings.HasPrefix(f.Do, "kubectl") && got.Fix != f.Do {
				t.Errorf("the commands are %q, doctor has %q", got.Fix, f.Do)
			}
		}
	}
	if bad == 0 {
		t.Error("nothing is wrong, so the test proves little")
	}
	summary := b.text("#doctor-list")
	if !strings.Contains(summary, fmt.Sprintf("%d failed", bad)) {
		t.Errorf("no summary:\n%s", summary)
	}
	b.clean(link)
}

// What a policy allows, for whom it is in force, and what a user may do are on the page, and follow changes.
func TestPoliciesOnThePage(t *testing.T) {
	fleet(t, 3)
	apply(t, policies)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	b.wait(`document.querySelectorAll("#policy-list article").length === 1`)
	text := b.text("#policy-list")
	for _, want := range []string{
		"team-a", "Deny", "Group network-team", "except Group break-glass", "NetFlow, IPFIX to 192.168.1.0/24, 10.0.0.0/24, ports 2055-2056, 4739", "192.168.1.66/32",
		"IPFIX 10.0.0.5:4739", "at most 4 collectors of a format",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy does not say %q:\n%s", want, text)
		}
	}
	b.wait(`document.querySelector("#explain-user").value === "mary"`)
	b.run(chromedp.Evaluate(`document.querySelector("#explain-user").focus()`, nil), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector("#explain-text").innerText.includes("Must not remove from the Network")`)
	if explained := b.text("#explain-text"); strings.Count(explained, "system:authenticated") != 1 || !strings.Contains(explained, "10.0.0.5:4739") || !strings.Contains(explained, "192.168.1.66/32") {
		t.Errorf("what mary may do:\n%s", explained)
	}
	b.shot("policies")
	must(t, cluster.Command{User: cluster.Admin, Args: []string{"patch", "fep", "team-a", "--type=merge", "-p", `{"spec":{"allow":[{"destinations":["10.20.0.1/16"]}]}}`}})
	b.wait(`document.querySelector("#policy-list").innerText.includes("Ready is False") || document.querySelector("#policy-list").innerText.includes("not in force")`)
	b.shot("policies-invalid")
	must(t, cluster.Command{User: cluster.Admin, Args: []string{"delete", "fep", "team-a"}})
	b.wait(`document.querySelector("#policy-list").innerText.includes("There are no policies")`)
	b.clean(link)
}

// What changed is there with its time, the latest first, and says which node.
func TestWhatChangedOnThePage(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	b.wait(`document.querySelectorAll("#change-list li time").length > 3`)
	change(t, health{second, refusal}, nodeName(1))
	b.wait(`document.querySelector("#change-list li").innerText.includes("Exporting is False")`)
	first := b.text("#change-list li")
	for _, want := range []string{"Refused", nodeName(1), "Connection refused"} {
		if !strings.Contains(first, want) {
			t.Errorf("the latest change does not say %q:\n%s", want, first)
		}
	}
	times := get[[]string](b, `[...document.querySelectorAll("#change-list li time")].map((e) => e.dateTime.slice(0, 16))`)
	if sorted := slices.Clone(times); !slices.IsSortedFunc(sorted, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("the latest is not first: %q", times)
	}
	b.shot("changes")
	b.clean(link)
}
