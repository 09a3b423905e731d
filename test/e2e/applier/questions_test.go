package applier

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheCommandsOfThePageAnswer: each command of the plugin in docs/questions.md runs and has an answer. 1 is an answer
// too: here there is no webhook.
func TestTheCommandsOfThePageAnswer(t *testing.T) {
	f := newFleet(t, "worker-1")
	_, target := listen(t, f, false)
	list := `{"netFlow":{"collectors":["` + target + `"]}}`
	export(t, list)
	startAgent(t, f, f.Nodes[0])
	hasCondition(t, "worker-1", "Exporting", "True", "SocketsOpen")
	page, err := os.ReadFile("../../../docs/questions.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"flows.yaml": "spec: {exportNetworkFlows: " + list + "}\n", "profile.yaml": fastProfile,
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// What needs more than agents is tried elsewhere, or does not end.
	elsewhere := map[string]string{
		"policies": "test/e2e/policies", "policies -w": "test/e2e/policies", "doctor --wait": "it waits for a webhook", "--version": "cmd/internal/version", "ui": "test/parts/page",
	}
	asked := map[string]bool{}
	for _, m := range regexp.MustCompile("`kubectl sluice ([^`]+)`").FindAllStringSubmatch(text, -1) {
		command := m[1]
		if asked[command] || elsewhere[command] != "" {
			continue
		}
		asked[command] = true
		args := strings.Fields(command)
		if args[0] == "verify" {
			args = append(args, "--timeout=2s")
		}
		out, code := plugin(t, "", args...)
		if code > 1 || out == "" {
			t.Errorf("kubectl sluice %s: exit status %d\n%s", command, code, out)
		}
	}
	if len(asked) < 10 {
		t.Errorf("only %d commands are found", len(asked))
	}
	if files, err := filepath.Glob("sluice-must-gather-*.tar.gz"); err != nil || len(files) != 1 {
		t.Errorf("must-gather wrote %v", files)
	}
}
