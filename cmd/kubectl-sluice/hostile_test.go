package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"sluice/cmd/internal/printable"
	"sluice/cmd/kubectl-sluice/internal/page/board"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// isHarmless fails if a text controls the terminal, or has a line that an object made. A log is made of lines of others.
func isHarmless(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if printable.HasRaw([]byte(line)) || strings.Contains(line, "\r") || strings.HasPrefix(line, "FORGED") && !strings.Contains(what, "/logs/") {
			t.Errorf("%s: %q", what, line)
		}
	}
}

// TestObjectsDoNotControlTheTerminal: whatever text objects have, no command prints it raw.
func TestObjectsDoNotControlTheTerminal(t *testing.T) {
	kubeconfig := kubeconfigFor(t, hostileServer(t))
	archive := filepath.Join(t.TempDir(), "a.tar.gz")
	for line, says := range map[string]string{
		"status": "EVIL", "status -A": "EVIL", "status -o wide": "EVIL", "status --problems": "EVIL", "status --by collector": "EVIL", "status worker-1 -o wide": "EVIL",
		"status -o json": "EVIL", "status -o yaml": "EVIL", "status -n team-a": "EVIL", "status -n team-a -o json": "EVIL", "status -n team-a -o yaml": "EVIL",
		"policies": "EVIL", "policies -A": "EVIL", "policies team-a": "EVIL", "policies -o json": "EVIL", "policies -o yaml": "EVIL",
		"plan": "worker-1", "plan -o json": "worker-1", "doctor": "EVIL", "doctor -o json": "EVIL", "verify --timeout 1s": "", "verify -o json --timeout 1s": "", "verify -n team-a --timeout 1s": "", "must-gather --file " + archive: "Wrote",
	} {
		text, _ := runIn(t, kubeconfig, strings.Fields(line)...)
		isHarmless(t, line, text)
		if !strings.Contains(text, says) || strings.Contains(line, "policies") && strings.Contains(text, "OTHER PROGRAM") {
			t.Errorf("%s:\n%s", line, text)
		}
		if _, structured, _ := strings.Cut(line, "-o "); strings.HasPrefix(structured, "json") && says == "EVIL" {
			if start := strings.Index(text, "{"); start < 0 || !strings.Contains(unquoted(t, text[start:]), hostile) {
				t.Errorf("%s: the data is not that of the object:\n%s", line, text)
			}
		}
	}
	for name, text := range filesOf(t, archive) {
		isHarmless(t, name, text)
	}
}

// unquoted is a value in JSON with its texts as they are.
func unquoted(t *testing.T, text string) string {
	t.Helper()
	var all strings.Builder
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if err != nil {
			return all.String() // the end, or what was printed after the object
		}
		if s, ok := token.(string); ok {
			all.WriteString(s + "\n")
		}
	}
}

func filesOf(t *testing.T, name string) map[string]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(zip); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_, path, _ := strings.Cut(header.Name, "/")
		files[path] = string(text)
	}
}

// TestObjectsDoNotControlWhatFollows: nor do the views that follow changes, the results of a verification, and the page.
func TestObjectsDoNotControlWhatFollows(t *testing.T) {
	config, err := clientcmd.LoadFromFile(kubeconfigFor(t, hostileServer(t)))
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAccess(clientcmd.NewDefaultClientConfig(*config, &clientcmd.ConfigOverrides{}), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.cluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.policies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	isHarmless(t, "changes of policies", strings.Join(p.Changes(status.Policies{}), "\n"))
	for _, v := range []status.View{{Now: a.now()}, {Now: a.now(), Watched: true, Width: 40, Height: 30}, {Now: a.now(), Width: 200, All: true, Wide: true, Headers: true}} {
		v.Context, v.Server = hostile, hostile
		var out bytes.Buffer
		if err := errors.Join(v.Write(&out, c), v.WritePolicies(&out, p)); err != nil {
			t.Fatal(err)
		}
		isHarmless(t, "a view", out.String())
		for _, n := range c.Exports {
			isHarmless(t, "a row", v.Row(c, n))
		}
	}
	var out bytes.Buffer
	asked := progress{to: screen{out: &out}, nodes: []string{"a"}, results: map[string][]result{"a": {{Node: hostile, Format: hostile, Result: unable, Message: hostile}, {Node: hostile, Format: hostile, Result: noAnswer}}}}
	if err := errors.Join(asked.show(), asked.print(asked.all()), writeTenantResults(screen{out: &out}, []status.TenantResult{{Name: hostile, Message: hostile}})); err != nil {
		t.Fatal(err)
	}
	isHarmless(t, "results", out.String())
	facts := board.Facts{Context: hostile, Server: hostile, Cluster: c, Policies: p.Items, Now: a.now(), Me: board.Me{Name: hostile, Groups: []string{hostile}}}
	for _, name := range []string{board.SourceReports, board.SourceNetwork, board.SourceNodes, board.SourceLeases, board.SourcePolicies, board.SourceEvents, board.SourceProfiles, board.SourceConfig} {
		facts.Sources = append(facts.Sources, board.Source{Name: name, State: board.Current, Why: hostile})
	}
	facts.Events = []board.Event{{Time: a.now(), Kind: hostile, Object: hostile, Reason: hostile, Message: hostile, From: hostile}}
	m, _ := board.Build(facts).Since(nil)
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(unquoted(t, string(text))) {
		isHarmless(t, "the page", line)
	}
	if !strings.Contains(string(text), "EVIL") || !strings.Contains(string(text), `"full":true`) {
		t.Errorf("the page:\n%s", text)
	}
}
