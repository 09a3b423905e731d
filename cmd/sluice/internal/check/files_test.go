package check_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/cmd/sluice/internal/check"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// A file is rewritten through its link, keeps its mode, and leaves no other file. A file that
// needs no change isn't touched. Loops of links are ignored.
func TestDisk(t *testing.T) {
	dir := t.TempDir()
	messy, good := patch("[192.0.2.1:02055]"), patch("[192.0.2.1:2055]")
	write(t, filepath.Join(dir, "real", "a.yaml"), messy, 0o640)
	write(t, filepath.Join(dir, "tree", "good.yaml"), good, 0o400)
	link(t, "../real/a.yaml", filepath.Join(dir, "tree", "link.yaml"))
	link(t, "..", filepath.Join(dir, "tree", "loop"))
	link(t, ".", filepath.Join(dir, "tree", "dir.yaml"))
	before, err := os.Stat(filepath.Join(dir, "tree", "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}

	c := check.Check{Paths: []string{filepath.Join(dir, "tree")}, Fix: true, Reader: check.Reader{Files: check.Disk{}}}
	outcome, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		filepath.Join(dir, "tree", "good.yaml") + ":1 Patch  Accepted",
		filepath.Join(dir, "tree", "link.yaml") + ":1 Patch  Accepted",
		"fixed " + filepath.Join(dir, "tree", "link.yaml") + ", 1 places",
	}
	if diff := cmp.Diff(want, say(outcome)); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}

	after, err := os.Stat(filepath.Join(dir, "tree", "good.yaml"))
	if err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the canonical file was written; error %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "real", "a.yaml"))
	if err != nil || string(text) != good {
		t.Errorf("text is %q, error %v", text, err)
	}
	info, err := os.Lstat(filepath.Join(dir, "tree", "link.yaml"))
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone; error %v", err)
	}
	info, err = os.Stat(filepath.Join(dir, "real", "a.yaml"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode is %v, error %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "real"))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files in the folder, error %v", len(entries), err)
	}
}

// A hard link to a rewritten file has the new text, and the file stays the same one, with its owner.
func TestARewrittenFileStaysTheSame(t *testing.T) {
	dir := t.TempDir()
	name, other := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "other.txt")
	write(t, name, patch("[192.0.2.1:02055, 192.0.2.2:00002055]"), 0o640)
	if os.Geteuid() == 0 {
		if err := os.Chown(name, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(name, other); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	want := patch("[192.0.2.1:2055, 192.0.2.2:2055]")
	if err := (check.Disk{}).Replace(name, []byte(want)); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	owner := func(i os.FileInfo) any { s := i.Sys().(*syscall.Stat_t); return [2]uint32{s.Uid, s.Gid} }
	if !os.SameFile(before, after) || before.Mode() != after.Mode() || owner(before) != owner(after) {
		t.Errorf("before %v %v, after %v %v", before.Mode(), owner(before), after.Mode(), owner(after))
	}
	for _, file := range []string{name, other} {
		if text, err := os.ReadFile(file); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%d files, error %v", len(entries), err)
	}
}

func TestBrokenLinksAreReported(t *testing.T) {
	dir := t.TempDir()
	link(t, "self.yaml", filepath.Join(dir, "self.yaml"))
	link(t, "none.yaml", filepath.Join(dir, "broken.yaml"))
	c := check.Check{Paths: []string{dir}, Reader: check.Reader{Files: check.Disk{}}}
	outcome, err := c.Run(t.Context())
	if err != nil || len(outcome.Unreadable) != 1 || len(outcome.LeftOut) != 1 || outcome.Class(false) != check.Incomplete {
		t.Errorf("outcome %v, error %v", say(outcome), err)
	}
}

func TestOnlyRegularFilesAreReplaced(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{dir, filepath.Join(dir, "none.yaml")} {
		if err := (check.Disk{}).Replace(name, nil); err == nil {
			t.Errorf("%s was replaced", name)
		}
	}
}
