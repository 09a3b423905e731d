package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sluice/applier/node"
	"sluice/applier/ovs"
)

func cause(err error) ovs.LockCause {
	if failed, ok := errors.AsType[*ovs.LockError](err); ok {
		return failed.Cause
	}
	return ""
}

func TestOnlyOneHasTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, second := &node.Lock{Path: path}, &node.Lock{Path: path}
	for range 2 {
		if err := first.Take(); err != nil {
			t.Fatal(err)
		}
		if err := second.Take(); cause(err) != ovs.LockHeld {
			t.Errorf("the second one: %v", err)
		}
		if err := second.Held(); cause(err) != ovs.LockHeld {
			t.Errorf("the second one looks: %v", err)
		}
	}
	// Another file of that name can be locked, and then the first one must notice.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := second.Take(); err != nil {
		t.Fatal(err)
	}
	if err := first.Take(); cause(err) != ovs.LockHeld {
		t.Errorf("the first one, after its file was removed: %v", err)
	}
}

// A look takes nothing, and makes no file.
func TestALookLeavesTheLockToOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	looks, takes := &node.Lock{Path: path}, &node.Lock{Path: path}
	if err := looks.Held(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a look made the file")
	}
	if err := takes.Take(); err != nil {
		t.Fatal(err)
	}
	if err := takes.Held(); cause(err) != ovs.LockHeld {
		t.Errorf("another open file of the same process: %v", err)
	}
}

func TestALockThatCanNotBeOpenedIsUnavailable(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing", "lock"), dir, link} {
		if err := (&node.Lock{Path: path}).Take(); cause(err) != ovs.LockUnavailable {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "target")); err == nil {
		t.Error("the lock follows links")
	}
}
