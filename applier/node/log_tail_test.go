package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sluice/applier/node"
)

// Kind of fault: lines between the last look and a rotation are in no file of this name.
func TestLinesBeforeARotationAreRead(t *testing.T) {
	const line = "2026-11-26T08:00:00.000Z|00042|collectors|WARN|127.0.0.1:41440<->%s: sending to collector failed (Connection refused)\n"
	path := filepath.Join(t.TempDir(), "ovs-vswitchd.log")
	write := func(text string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	tail := &node.LogTail{Path: path}
	t.Cleanup(func() { _ = tail.Close() })
	read := func(want ...string) {
		t.Helper()
		events, err := tail.Read()
		if err != nil {
			t.Fatal(err)
		}
		var targets []string
		for _, e := range events {
			targets = append(targets, e.Target)
		}
		if len(targets) != len(want) {
			t.Fatalf("events about %v, not %v", targets, want)
		}
		for i := range want {
			if targets[i] != want[i] {
				t.Errorf("events about %v, not %v", targets, want)
			}
		}
	}
	event := func(target string) string { return fmt.Sprintf(line, target) }
	write(event("192.0.2.1:2055"))
	read("192.0.2.1:2055")
	read()
	write(event("192.0.2.2:2055"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write(event("192.0.2.3:2055"))
	read("192.0.2.2:2055", "192.0.2.3:2055")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	write("x\n")
	read()
	write(event("192.0.2.4:2055"))
	read("192.0.2.4:2055")
}
