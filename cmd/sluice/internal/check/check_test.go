package check_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"sluice/cmd/sluice/internal/check"
	"sluice/validation"
)

// memory is a file system in memory.
type memory struct {
	mutex sync.Mutex
	files fstest.MapFS
}

func newMemory(files map[string]string) *memory {
	m := &memory{files: fstest.MapFS{}}
	for name, text := range files {
		m.files[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return m
}

func (m *memory) Stat(name string) (fs.FileInfo, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return fs.Stat(m.files, path.Clean(name))
}

func (m *memory) ReadDir(name string) ([]fs.DirEntry, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return fs.ReadDir(m.files, name)
}

func (m *memory) Open(name string) (io.ReadCloser, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.files.Open(path.Clean(name))
}

func (m *memory) Replace(name string, data []byte) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if name == "readonly.yaml" {
		return fs.ErrPermission
	}
	m.files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	return nil
}

func (m *memory) texts() map[string]string {
	texts := make(map[string]string)
	for name, f := range m.files {
		texts[name] = string(f.Data)
	}
	return texts
}

func patch(collectors string) string {
	return "spec: {exportNetworkFlows: {netFlow: {collectors: " + collectors + "}}}\n"
}

func network(collectors string) string {
	return "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\n" + patch(collectors)
}

// say writes an outcome as lines.
func say(o check.Outcome) []string {
	var lines []string
	for _, r := range o.Results {
		lines = append(lines, fmt.Sprintf("%s:%d %s %s %s", r.File, r.Line, r.Kind, r.Name, r.Verdict.Outcome()))
	}
	for _, f := range o.Fixed {
		lines = append(lines, fmt.Sprintf("fixed %s, %d places", f.File, len(f.Findings)))
	}
	for _, err := range o.Unfixed {
		lines = append(lines, "unfixed "+err.Error())
	}
	for _, file := range o.LeftOut {
		lines = append(lines, "left out "+file)
	}
	for _, n := range o.NotJudged {
		lines = append(lines, fmt.Sprintf("not judged %s:%d: %s", n.File, n.Line, n.Reason))
	}
	for _, err := range o.Unreadable {
		lines = append(lines, "unreadable "+err.Error())
	}
	return lines
}

func TestRun(t *testing.T) {
	const good, bad, messy = "[192.0.2.1:2055]", "[192.0.2.1]", "[192.0.2.1:02055, '192.0.2.1:2055']"
	reject := validation.Options{RejectNonCanonical: true}
	for name, c := range map[string]struct {
		files   map[string]string
		stdin   string
		check   check.Check
		want    []string
		class   check.Class
		changed map[string]string
	}{
		"files in the order they are named": {
			files: map[string]string{"b.yaml": patch(good), "a.yaml": network(bad), "c.txt": patch(messy)},
			check: check.Check{Paths: []string{"b.yaml", "a.yaml", "./a.yaml", "c.txt"}},
			want:  []string{"b.yaml:1 Patch  Accepted", "a.yaml:1 Network cluster Rejected", "c.txt:1 Patch  Normalized"},
			class: check.Failed,
		},
		"directories": {
			files: map[string]string{
				"d/b.yml": patch(good), "d/a/x.json": "{}", "d/a/Y.YAML": patch(good), "d/a/z.txt": patch(bad),
				"d/.git/x.yaml": patch(bad), ".hidden/x.yaml": patch(good),
			},
			check: check.Check{Paths: []string{"d", ".hidden"}},
			want:  []string{"d/a/Y.YAML:1 Patch  Accepted", "d/b.yml:1 Patch  Accepted", ".hidden/x.yaml:1 Patch  Accepted"},
		},
		"standard input": {
			stdin: network(messy),
			check: check.Check{Paths: []string{"-"}},
			want:  []string{"<stdin>:1 Network cluster Normalized"},
		},
		"an unreadable file does not stop the others": {
			files: map[string]string{"a.yaml": "a: [", "x.yaml": "exportNetworkFlows: [", "b.yaml": patch(bad), "c.yaml": patch(good) + "---\n}"},
			check: check.Check{Paths: []string{"a.yaml", "x.yaml", "none.yaml", "b.yaml", "c.yaml"}},
			want: []string{
				"b.yaml:1 Patch  Rejected", "c.yaml:1 Patch  Accepted",
				"left out a.yaml",
				"unreadable open none.yaml: file does not exist",
				"unreadable x.yaml:1: not valid YAML: did not find expected node content",
				"unreadable c.yaml:3: not valid YAML: did not find expected node content",
			},
			class: check.Incomplete,
		},
		"findings that only a file can have": {
			files: map[string]string{"a.yaml": "spec: {exportNetworkflows: {}, exportNetworkFlows: {netFlow: {collectors: " + messy + "}}}"},
			check: check.Check{Paths: []string{"a.yaml"}, Fix: true},
			want:  []string{"a.yaml:1 Patch  Rejected"},
			class: check.Failed,
		},
		"old: unchanged entries are not errors": {
			files: map[string]string{"old.yaml": network("[192.0.2.1, 192.0.2.2:2055]"), "a.yaml": network("[192.0.2.1]"), "b.yaml": patch("[192.0.2.1, '192.0.2.3:2055']")},
			check: check.Check{Paths: []string{"a.yaml", "b.yaml"}, Old: "old.yaml"},
			want:  []string{"a.yaml:1 Network cluster Accepted", "b.yaml:1 Patch cluster Accepted"},
		},
		"old: another object": {
			files: map[string]string{"old.yaml": strings.Replace(network(bad), "cluster", "other", 1), "a.yaml": network(bad)},
			check: check.Check{Paths: []string{"a.yaml"}, Old: "old.yaml"},
			want:  []string{"a.yaml:1 Network cluster Rejected"},
			class: check.Failed,
		},
		"old: a patch needs one Network": {
			files: map[string]string{"old.yaml": network(good) + "---\n" + network(good), "a.yaml": "kind: x\n---\n" + patch(good)},
			check: check.Check{Paths: []string{"a.yaml"}, Old: "old.yaml"},
			want:  []string{"unreadable a.yaml:3: 2 objects in old.yaml match this one; keep one"},
			class: check.Incomplete,
		},
		"old: a patch needs a Network": {
			files: map[string]string{"old.yaml": "", "a.yaml": patch(good)},
			check: check.Check{Paths: []string{"a.yaml"}, Old: "old.yaml"},
			want:  []string{"unreadable a.yaml:1: old.yaml has no Network to patch"},
			class: check.Incomplete,
		},
		"old: a ConfigMap without namespace": {
			files: map[string]string{
				"old.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config, namespace: openshift-network-operator}, data: {sharedTarget: x}}",
				"a.yaml":   "{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config}, data: {sharedTarget: x}}",
			},
			check: check.Check{Paths: []string{"a.yaml"}, Old: "old.yaml"},
			want:  []string{"a.yaml:1 ConfigMap ovs-flows-config Accepted"},
		},
		"fix": {
			files: map[string]string{"a.yaml": patch(messy), "b.yaml": patch(good), "c.yaml": patch(bad) + "---\n" + patch(messy)},
			check: check.Check{Paths: []string{"a.yaml", "b.yaml", "c.yaml"}, Fix: true},
			want: []string{
				"a.yaml:1 Patch  Accepted", "b.yaml:1 Patch  Accepted", "c.yaml:1 Patch  Rejected", "c.yaml:3 Patch  Accepted",
				"fixed a.yaml, 2 places", "fixed c.yaml, 2 places",
			},
			class:   check.Failed,
			changed: map[string]string{"a.yaml": patch(good), "c.yaml": patch(bad) + "---\n" + patch(good)},
		},
		"fix where the cluster would reject": {
			files:   map[string]string{"a.yaml": patch(messy)},
			check:   check.Check{Paths: []string{"a.yaml"}, Fix: true, Options: reject},
			want:    []string{"a.yaml:1 Patch  Accepted", "fixed a.yaml, 2 places"},
			changed: map[string]string{"a.yaml": patch(good)},
		},
		"fix of a patch over an old object": {
			files:   map[string]string{"old.yaml": network(messy), "a.yaml": "spec:\n  exportNetworkFlows:\n    sFlow: {collectors: [192.0.2.1:06343]}\n"},
			check:   check.Check{Paths: []string{"a.yaml"}, Fix: true, Old: "old.yaml"},
			want:    []string{"a.yaml:1 Patch cluster Normalized", "fixed a.yaml, 1 places"},
			changed: map[string]string{"a.yaml": "spec:\n  exportNetworkFlows:\n    sFlow: {collectors: [192.0.2.1:6343]}\n"},
		},
		"fix that can't be made": {
			files: map[string]string{"a.yaml": patch("&a " + messy), "readonly.yaml": patch(messy)},
			check: check.Check{Paths: []string{"a.yaml", "readonly.yaml"}, Fix: true},
			want: []string{
				"a.yaml:1 Patch  Normalized", "readonly.yaml:1 Patch  Normalized",
				`unfixed a.yaml:1:51: spec.exportNetworkFlows.netFlow.collectors can't be rewritten: it has an anchor, which other places may use; write ["192.0.2.1:2055"] there by hand`,
				"unfixed rewrite readonly.yaml: permission denied",
			},
			class: check.Failed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			files := newMemory(c.files)
			want := files.texts()
			maps.Copy(want, c.changed)
			c.check.Reader = check.Reader{Files: files, Stdin: strings.NewReader(c.stdin)}
			outcome, err := c.check.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, say(outcome)); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if class := outcome.Class(false); class != c.class {
				t.Errorf("class %d, want %d", class, c.class)
			}
			if diff := cmp.Diff(want, files.texts()); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClassStrict(t *testing.T) {
	for text, want := range map[string]check.Class{
		patch("[192.0.2.1:2055]"):  check.Passed,
		patch("[127.0.0.1:2055]"):  check.Failed,
		patch("[192.0.2.1:02055]"): check.Failed,
	} {
		c := check.Check{Paths: []string{"a.yaml"}, Reader: check.Reader{Files: newMemory(map[string]string{"a.yaml": text})}}
		outcome, err := c.Run(t.Context())
		if err != nil || outcome.Class(true) != want {
			t.Errorf("%s: class %d, error %v, want %d", text, outcome.Class(true), err, want)
		}
	}
}

// Templates of a chart are not YAML. Templates of other objects are ignored; a template with
// collectors must be rendered first.
func TestTemplates(t *testing.T) {
	files := newMemory(map[string]string{
		"other.yaml": "{{- if .Values.x }}\nkind: ConfigMap\n{{- end }}\n",
		"ours.yaml":  "{{- if .Values.x }}\n" + network("[192.0.2.1:2055]") + "{{- end }}\n",
	})
	outcome, err := check.Check{Paths: []string{"other.yaml", "ours.yaml"}, Reader: check.Reader{Files: files}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := say(outcome)
	if len(got) != 2 || got[0] != "left out other.yaml" || !strings.Contains(got[1], "ours.yaml:1: not valid YAML") || !strings.Contains(got[1], "helm template") {
		t.Errorf("outcome %q", got)
	}
}

// What can't be judged must not look as if it was accepted.
func TestOverlookedFilesAreReported(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "kustomization.yaml")
	if err := os.WriteFile(file, []byte("patches:\n- patch: |\n    spec: {exportNetworkFlows: {netFlow: {collectors: [10.0.0.01:2055]}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	outcome, err := check.Check{Paths: []string{dir}, Reader: check.Reader{Files: check.Disk{}}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(outcome.NotJudged) != 1 || outcome.NotJudged[0].File != file || outcome.Class(false) != check.Failed || outcome.Class(true) != check.Failed {
		t.Errorf("%+v", outcome)
	}
}

func TestUnreadableOld(t *testing.T) {
	for name, want := range map[string]string{
		"none.yaml":   "old objects: open none.yaml: file does not exist",
		"broken.yaml": "old objects: broken.yaml:1: not valid YAML: did not find expected node content",
	} {
		c := check.Check{Paths: []string{"broken.yaml"}, Old: name, Reader: check.Reader{Files: newMemory(map[string]string{"broken.yaml": "a: ["})}}
		if _, err := c.Run(t.Context()); err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
}

// endless is an infinite file.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestLargeInput(t *testing.T) {
	c := check.Check{Paths: []string{"-"}, Reader: check.Reader{Files: newMemory(nil), Stdin: endless{}}}
	outcome, err := c.Run(t.Context())
	if err != nil || len(outcome.Unreadable) != 1 || outcome.Unreadable[0].Error() != "<stdin>: larger than 64 MiB" {
		t.Errorf("outcome %+v, error %v", outcome, err)
	}
}

func TestResultsAreInTheOrderOfTheFiles(t *testing.T) {
	files := make(map[string]string)
	for i := range 300 {
		files[fmt.Sprintf("d/%03d.yaml", i)] = patch("[192.0.2.1:2055]")
	}
	c := check.Check{Paths: []string{"d"}, Reader: check.Reader{Files: newMemory(files)}}
	outcome, err := c.Run(t.Context())
	if err != nil || len(outcome.Results) != 300 {
		t.Fatalf("%d results, error %v", len(outcome.Results), err)
	}
	for i, r := range outcome.Results {
		if r.File != fmt.Sprintf("d/%03d.yaml", i) {
			t.Fatalf("result %d is of %s", i, r.File)
		}
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := check.Check{Paths: []string{"a.yaml"}, Reader: check.Reader{Files: newMemory(map[string]string{"a.yaml": ""})}}
	if _, err := c.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}
