package page

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sluice/test/harness/cluster"
)

// typeIn types lists as a user does.
func (b *tab) typeIn(field string, lines ...string) {
	b.t.Helper()
	b.run(chromedp.Evaluate(fmt.Sprintf(`document.querySelector("#list-%s").value = ""`, field), nil),
		chromedp.SendKeys("#list-"+field, strings.Join(lines, "\n"), chromedp.ByQuery))
}

// outcome waits for a verdict.
func (b *tab) outcome(want string) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`document.querySelector("#answer").dataset.outcome === %q && document.querySelector("#answer").dataset.pending !== "true"`, want))
}

func TestTheEditorShowsTheVerdictOfTheAPIServer(t *testing.T) {
	fleet(t, 3)
	apply(t, policies)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	b.wait(`document.querySelector("#list-ipfix").value.includes("4739")`)

	b.typeIn("ipfix", second, "10.0.0.05:4739")
	b.outcome("Rejected")
	for _, want := range []string{"IPFIX, line 2", "leading-zero", "Write 10.0.0.5:4739", "dry run as you"} {
		if got := b.text("#answer"); !strings.Contains(got, want) {
			t.Errorf("no %q in the verdict:\n%s", want, got)
		}
	}
	if command := b.text("#answer-command"); command != "" {
		t.Errorf("a command is shown: %s", command)
	}

	b.typeIn("ipfix", second, "172.16.0.1:4739")
	b.outcome("Denied")
	if got := b.text("#answer"); !strings.Contains(got, "policy team-a/allow") || !strings.Contains(got, "IPFIX, line 2") {
		t.Errorf("the denial:\n%s", got)
	}

	b.typeIn("ipfix", second, " 10.0.0.7:04739")
	b.outcome("Normalized")
	if got := b.text("#answer"); !strings.Contains(got, "What is stored: NetFlow "+netflow+"; IPFIX "+second+", 10.0.0.7:4739") {
		t.Errorf("the normalization:\n%s", got)
	}
	b.clean(link)

	// The command is what makes the change.
	command := b.text("#answer-command pre")
	run := exec.CommandContext(t.Context(), "sh", "-c", command)
	run.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(editorUser), "PATH="+assets(t)+":"+os.Getenv("PATH"))
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	b.wait(`document.querySelector("#editor-note").textContent.includes("changed while you were editing")`)
	b.outcome("Normalized")
	onlyDryRuns(t)
}

func assets(t *testing.T) string {
	t.Helper()
	folder, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestWithoutTheRightToPatchTheVerdictIsLocal(t *testing.T) {
	fleet(t, 3)
	p := ui(t, watcherUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	b.wait(`document.querySelector("#list-ipfix").value.includes("4739")`)
	b.wait(`document.querySelector("#where").textContent.includes("walter")`)
	b.typeIn("ipfix", "10.0.0.05:4739")
	b.outcome("Rejected")
	for _, want := range []string{"judged on this machine", "You may not patch Network.operator", "The policies are not evaluated", "leading-zero"} {
		if got := b.text("#answer"); !strings.Contains(got, want) {
			t.Errorf("no %q in the verdict:\n%s", want, got)
		}
	}
	// Unknown is not empty.
	if title := b.text("#verdict-title"); title != "The state is unknown" {
		t.Errorf("the verdict is %q", title)
	}
	b.wait(`document.querySelectorAll("#sources li[data-state=forbidden] [data-source]").length === 7`)
	for selector, want := range map[string]string{
		"#verdict-text": "sluice-view", "#problem-list": "unknown", "#nodes-empty": "unknown", "#policy-list": "unknown", "#change-list": "unknown",
	} {
		if got := b.text(selector); !strings.Contains(got, want) {
			t.Errorf("%s: %q", selector, got)
		}
	}
	b.shot("forbidden")
	b.clean(link)
	onlyDryRuns(t)
}

// onlyDryRuns checks in the audit log that the users of the page wrote nothing, except mary with kubectl.
func onlyDryRuns(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(shared.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	writes := 0
	for line := range strings.Lines(string(text)) {
		var e struct {
			Verb, RequestURI, UserAgent string
			User                        struct{ Username string }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			continue // the last line may be incomplete
		}
		if e.Verb == "get" || e.Verb == "list" || e.Verb == "watch" || strings.HasPrefix(e.UserAgent, "kubectl/") {
			continue
		}
		writes++
		if !strings.Contains(e.RequestURI, "dryRun=All") {
			t.Errorf("%s of %s by %s is no dry run", e.Verb, e.RequestURI, e.User.Username)
		}
	}
	if writes == 0 {
		t.Error("the audit log has no dry run")
	}
	t.Logf("%d dry runs, and no write", writes)
}
