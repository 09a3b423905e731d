package status_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/cmd/kubectl-sluice/internal/status"
)

var update = flag.Bool("update", false, "write the golden texts")

// golden compares a text with a golden one.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// east is a view of a cluster with a name.
func east(v status.View) status.View {
	v.Context, v.Server, v.Headers, v.Now = "east-admin", "https://api.east.example.com:6443", true, noon
	return v
}

func write(t *testing.T, v status.View, c status.Cluster) string {
	t.Helper()
	var b bytes.Buffer
	if err := v.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEveryState compares what is printed about each state, on a narrow and on a wide terminal.
func TestEveryState(t *testing.T) {
	for name, c := range states() {
		for _, width := range []int{80, 200} {
			text := write(t, east(status.View{Width: width}), c)
			golden(t, fmt.Sprintf("%d/%s", width, name), text)
			for line := range strings.Lines(text) {
				if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
					t.Errorf("%s: %d characters: %s", name, n, line)
				}
			}
		}
	}
}

// TestViews compares the views of one cluster.
func TestViews(t *testing.T) {
	large := states()["500-nodes"]
	for name, v := range map[string]status.View{
		"problems": {OnlyProblems: true}, "by-collector": {ByCollector: true}, "wide": {Wide: true}, "watch-24": {Watched: true, Width: 80, Height: 24},
		"watch-12": {Watched: true, Width: 80, Height: 12}, "watch-narrow-12": {Watched: true, Width: 40, Height: 12},
	} {
		golden(t, "views/"+name, write(t, east(v), large))
	}
	if text := write(t, east(status.View{All: true}), large); strings.Count(text, "\n") < 502 || strings.Contains(text, "-A shows") {
		t.Errorf("with -A, nodes are missing:\n%s", text)
	}
}

// TestAWatchFitsTheTerminal: whatever the state, the text is not higher than the terminal, and begins with the
// verdict.
func TestAWatchFitsTheTerminal(t *testing.T) {
	for name, c := range states() {
		for _, height := range []int{3, 5, 10, 24, 50} {
			text := write(t, east(status.View{Watched: true, Width: 60, Height: height}), c)
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if whole := write(t, east(status.View{Watched: true, Width: 60}), c); strings.Contains(whole, "Problems:") && !strings.Contains(text, "…") && height > 3 && !allProblemLines(whole, text) {
				t.Errorf("%s: on a terminal of %d, the end of a problem is missing without a sign:\n%s", name, height, text)
			}
			if len(lines) >= height || !strings.HasPrefix(text, c.Verdict().Title) {
				t.Errorf("%s: %d lines on a terminal of %d:\n%s", name, len(lines), height, text)
			}
		}
	}
}

// allProblemLines reports whether a text has all lines of the problems, or counts the others.
func allProblemLines(whole, text string) bool {
	_, problems, _ := strings.Cut(whole, "\nProblems:\n")
	problems, _, _ = strings.Cut(problems, "\n\n")
	for line := range strings.Lines(problems) {
		if !strings.Contains(text, strings.TrimSpace(line)) {
			return strings.Contains(text, "more problem")
		}
	}
	return true
}

// TestALimitIsNamedOnlyIfAnOptionLiftsIt: of nodes and collectors, "-A shows them" is printed only where -A does.
func TestALimitIsNamedOnlyIfAnOptionLiftsIt(t *testing.T) {
	lists := fleet(2)
	for i := range 60 {
		lists.ConfigCollectors = append(lists.ConfigCollectors, fmt.Sprintf("192.0.2.9:%d", 4000+i))
	}
	for name, c := range map[string]struct {
		view    status.View
		cluster status.Cluster
		want    string
	}{
		"healthy, problems":      {status.View{OnlyProblems: true}, three(), "\n3 nodes OK\n"},
		"healthy, all problems":  {status.View{OnlyProblems: true, All: true}, three(), "\n3 nodes OK\n"},
		"many nodes":             {status.View{}, fleet(30), "and 10 nodes OK; -A shows them\n"},
		"many collectors":        {status.View{ByCollector: true}, lists, "and 11 more collectors; -A shows them\n"},
		"the height limits them": {status.View{ByCollector: true, Watched: true, Width: 80, Height: 60}, lists, " more collectors\n"},
		"and -A does not help":   {status.View{ByCollector: true, Watched: true, All: true, Width: 80, Height: 60}, lists, " more collectors\n"},
	} {
		if text := write(t, east(c.view), c.cluster); !strings.Contains(text, c.want) {
			t.Errorf("%s: it does not say %q:\n%s", name, c.want, text)
		}
	}
}

// TestOneCauseIsOneLine: several conditions about one cause are one problem.
func TestOneCauseIsOneLine(t *testing.T) {
	for _, name := range stateNames() {
		c := states()[name]
		seen := map[string]string{}
		for _, p := range c.Summarize().Problems {
			for _, n := range p.Nodes {
				if before, ok := seen[n]; ok {
					t.Errorf("%s: %s has the problems %s and %s", name, n, before, p.Reason)
				}
				seen[n] = p.Reason
			}
		}
	}
}
