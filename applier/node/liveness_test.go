package node_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/applier/node"
	"sluice/applier/ovs"
)

// A socket that nothing listens on any more is what a killed process leaves.
func TestAnswersTellsWhyThereIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		pidfile string
		// listens says that there is a socket; open that it is still listened on; answer is what it answers.
		listens, open bool
		answer        string
		want          ovs.DaemonCause
	}{
		"it answers":                     {"42\n", true, true, `{"id":0,"result":"ovs-vswitchd 3.1.0","error":null}`, ""},
		"it never started":               {"", false, false, "", ovs.DaemonDown},
		"it was killed":                  {"42\n", true, false, "", ovs.DaemonDown},
		"its socket is gone":             {"42\n", false, false, "", ovs.DaemonDown},
		"it answers nothing":             {"42\n", true, true, "", ovs.DaemonHangs},
		"its pidfile has something else": {"no number\n", false, false, "", ovs.DaemonUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "ctl") // the path of a socket is short
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			if c.pidfile != "" {
				if err := os.WriteFile(filepath.Join(dir, "ovs-vswitchd.pid"), []byte(c.pidfile), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.listens {
				serve(t, filepath.Join(dir, "ovs-vswitchd.42.ctl"), c.open, c.answer)
			}
			err = node.Vswitchd{RunDir: dir}.Answers(t.Context(), 200*time.Millisecond)
			got, failed := errors.AsType[*ovs.DaemonError](err)
			if failed != (c.want != "") || failed && got.Cause != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// serve answers whatever is asked on a socket.
func serve(t *testing.T, path string, open bool, answer string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	unix, ok := l.(*net.UnixListener)
	if !ok {
		t.Fatal("not a Unix socket")
	}
	unix.SetUnlinkOnClose(false)
	if !open {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Cleanup(func() { _ = l.Close() })
	if answer == "" {
		return // it accepts no connection
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte(answer))
			defer conn.Close()
		}
	}()
}
