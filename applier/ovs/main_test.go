package ovs_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/test/harness/require"
)

// The real ovsdb-server that tests share; each puts what it needs into it.
var shared = sync.OnceValues(func() (*database, error) {
	return startDatabase("ovs-vsctl", "/usr/share/openvswitch/vswitch.ovsschema")
})

var running struct {
	sync.Mutex
	databases []*database
}

func TestMain(m *testing.M) {
	m.Run()
	for _, d := range running.databases {
		d.stop()
	}
}

// database is a real ovsdb-server and the tool that talks to it.
type database struct {
	tool, dir string
	server    *exec.Cmd
}

// newDatabase starts a server that only this test uses.
func newDatabase(t *testing.T, tool, schema string) *database {
	t.Helper()
	needTools(t, tool)
	d, err := startDatabase(tool, schema)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sharedDatabase(t *testing.T) *database {
	t.Helper()
	needTools(t, "ovs-vsctl")
	d, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func needTools(t *testing.T, tool string) {
	t.Helper()
	require.Programs(t, tool, "ovsdb-tool", "ovsdb-server")
}

func startDatabase(tool, schema string) (*database, error) {
	dir, err := os.MkdirTemp("", "ovsdb") // a socket's path must be short
	if err != nil {
		return nil, err
	}
	d := &database{tool: tool, dir: dir}
	file := filepath.Join(dir, "db")
	if out, err := exec.Command("ovsdb-tool", "create", file, schema).CombinedOutput(); err != nil { //nolint:noctx // it is short
		return nil, fmt.Errorf("ovsdb-tool: %w: %s", err, out)
	}
	//nolint:noctx // it ends with the tests
	d.server = exec.Command("ovsdb-server", "--remote=punix:"+d.socket(), "--unixctl="+filepath.Join(dir, "ctl"), "--no-chdir", file)
	if err := d.server.Start(); err != nil {
		return nil, err
	}
	running.Lock()
	running.databases = append(running.databases, d)
	running.Unlock()
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(10 * time.Millisecond) {
		// The socket is there a moment before anybody listens.
		if _, err = d.run(10*time.Second, "init"); err == nil || time.Now().After(deadline) {
			return d, err
		}
	}
}

func (d *database) socket() string { return filepath.Join(d.dir, "socket") }

func (d *database) stop() {
	_ = d.server.Process.Kill()
	_ = d.server.Wait()
	_ = os.RemoveAll(d.dir)
}

// run runs the tool. There is no ovs-vswitchd to wait for.
func (d *database) run(timeout time.Duration, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout+5*time.Second)
	defer cancel()
	args = append([]string{"--no-syslog", fmt.Sprintf("--timeout=%d", int(timeout.Seconds())), "--db=unix:" + d.socket(), "--no-wait"}, args...)
	cmd := exec.CommandContext(ctx, d.tool, args...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, problems.String())
	}
	return out.String() + problems.String(), nil
}

func (d *database) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := d.run(10*time.Second, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
