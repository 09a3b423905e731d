package policies

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

var update = flag.Bool("update", false, "write the answers in docs/policies.md again")

// TestTheGuide does what docs/policies.md says, as the users that it names, and compares
// each answer word for word.
func TestTheGuide(t *testing.T) {
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := shared.InstallRemovalPolicy(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		must(t, cluster.Admin, "", "delete", "--ignore-not-found", "validatingadmissionpolicies,validatingadmissionpolicybindings", "sluice-removal")
	}()
	file := filepath.Join(root, "docs", "policies.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	sections := strings.SplitAfter(string(text), "\n### ")
	for i, section := range sections {
		if i == 0 {
			b.WriteString(section)
			continue
		}
		title, _, _ := strings.Cut(section, "\n")
		t.Run(title, func(t *testing.T) { b.WriteString(follow(t, section)) })
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), b.String()); diff != "" {
		t.Errorf("docs/policies.md (-says +is)\n%s", diff)
	}
	for _, manifest := range []string{teams, onlySecurity, siem, stayInside, noSFlow} {
		if !strings.Contains(string(text), manifest) {
			t.Errorf("the guide has another manifest than the tests:\n%s", manifest)
		}
	}
}

// follow does what a section says and returns it with the answers that it got.
func follow(t *testing.T, section string) string {
	t.Helper()
	reset(t)
	// What comes behind the next heading of the first order is no scenario.
	section, rest, _ := strings.Cut(section, "\n## ")
	if rest != "" {
		rest = "\n## " + rest
	}
	before, after, _ := strings.Cut(section, "```yaml\n")
	manifest, after, _ := strings.Cut(after, "```\n")
	apply(t, manifest)
	prose, after, ok := strings.Cut(after, "```console\n")
	if !ok {
		t.Fatal("the section has no commands")
	}
	commands, tail, _ := strings.Cut(after, "```\n")
	var b strings.Builder
	user := ""
	for line := range strings.Lines(commands) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "# as "):
			user = strings.TrimPrefix(line, "# as ")
			b.WriteString(line + "\n")
		case strings.HasPrefix(line, "$ oc "):
			b.WriteString(line + "\n" + strings.TrimSpace(withoutUID(answerTo(t, user, strings.TrimPrefix(line, "$ oc ")))) + "\n")
		}
	}
	return before + "```yaml\n" + manifest + "```\n" + prose + "```console\n" + b.String() + "```\n" + tail + rest
}

// answerTo runs a command. The API server needs about a second to use a new admission policy. Until then
// it asks the webhook about a removal, which denies it as well.
func answerTo(t *testing.T, user, command string) string {
	t.Helper()
	var answer string
	err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string {
		answer = kubectl(t, user, "", words(command)...).All()
		if strings.Contains(answer, "-removal.validate.sluice.dev") {
			return "the webhook answers " + command
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// words splits a command as a shell does that knows single quotes only.
func words(command string) []string {
	var list []string
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}
