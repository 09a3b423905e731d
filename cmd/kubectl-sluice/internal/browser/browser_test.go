package browser

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The link is in a file that only the user can read, not in the arguments.
func TestTheLinkIsInAFile(t *testing.T) {
	folder := t.TempDir()
	got := filepath.Join(folder, "got")
	script := "#!/bin/sh\nstat -c %a \"$1\" >'" + got + ".new'\ncat \"$1\" >>'" + got + ".new'\nmv '" + got + ".new' '" + got + "'\n"
	if err := os.WriteFile(filepath.Join(folder, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":/usr/bin:/bin")
	t.Setenv("TMPDIR", folder)
	remove, err := Open(t.Context(), "linux", `http://127.0.0.1:1/#k=a"b`)
	if err != nil {
		t.Fatal(err)
	}
	want := "600\n" + `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=http://127.0.0.1:1/#k=a&#34;b"><title>Sluice</title>` + "\n"
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if text, err := os.ReadFile(got); err == nil {
			if string(text) != want {
				t.Errorf("the program got:\n%s", text)
			}
			break
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the program did not run")
		}
	}
	remove()
	if left, _ := filepath.Glob(filepath.Join(folder, "kubectl-sluice-*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAnUnknownSystemIsAnError(t *testing.T) {
	if _, err := Open(t.Context(), "plan9", "http://127.0.0.1:1/"); err == nil {
		t.Error("no error")
	}
}
