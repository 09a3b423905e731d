package ovs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/test/harness/node"
	"sluice/test/harness/require"
)

// The real ovsdb-server that tests share; each puts what it needs into it.
var shared = sync.OnceValues(func() (*database, error) {
	chosen, err := toolsOf(node.ChosenRelease())
	if err != nil {
		return nil, err
	}
	return startDatabase("ovs-vsctl", chosen, chosen)
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
	tools     tools
	server    *exec.Cmd
}

// tools are the programs of one release, and its schemas by tool.
type tools struct {
	path    func(name string) string
	schemas map[string]string
}

// toolsOf finds the tools of a release. Those of this machine are in PATH.
func toolsOf(release node.Release) (tools, error) {
	if release == "" {
		for _, name := range []string{"ovs-vsctl", "ovn-nbctl", "ovsdb-tool", "ovsdb-server", "ovsdb-client"} {
			if _, err := exec.LookPath(name); err != nil {
				return tools{}, err
			}
		}
		return tools{
			path:    func(name string) string { return name },
			schemas: map[string]string{"ovs-vsctl": "/usr/share/openvswitch/vswitch.ovsschema", "ovn-nbctl": "/usr/share/ovn/ovn-nb.ovsschema"},
		}, nil
	}
	programs, err := node.FindPrograms(context.Background(), release)
	if err != nil {
		return tools{}, err
	}
	return tools{path: programs.Path, schemas: map[string]string{"ovs-vsctl": programs.SwitchSchema(), "ovn-nbctl": programs.NorthboundSchema()}}, nil
}

func needTools(t *testing.T, release node.Release) tools {
	t.Helper()
	found, err := toolsOf(release)
	if err != nil {
		require.Skip(t, "needs Open vSwitch:", err)
	}
	return found
}

// newDatabase starts a server that only this test uses.
func newDatabase(t *testing.T, tool string) *database {
	t.Helper()
	return newSkewed(t, tool, node.ChosenRelease(), node.ChosenRelease())
}

// newSkewed starts a server of one release for the tool of another one.
func newSkewed(t *testing.T, tool string, server, client node.Release) *database {
	t.Helper()
	d, err := startDatabase(tool, needTools(t, server), needTools(t, client))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sharedDatabase(t *testing.T) *database {
	t.Helper()
	needTools(t, node.ChosenRelease())
	d, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func startDatabase(tool string, server, client tools) (*database, error) {
	dir, err := os.MkdirTemp("", "ovsdb") // a socket's path must be short
	if err != nil {
		return nil, err
	}
	d := &database{tool: tool, tools: client, dir: dir}
	file := filepath.Join(dir, "db")
	if out, err := exec.Command(server.path("ovsdb-tool"), "create", file, server.schemas[tool]).CombinedOutput(); err != nil { //nolint:noctx // it is short
		return nil, fmt.Errorf("ovsdb-tool: %w: %s", err, out)
	}
	//nolint:noctx // it ends with the tests
	d.server = exec.Command(server.path("ovsdb-server"), "--remote=punix:"+d.socket(), "--unixctl="+filepath.Join(dir, "ctl"), "--no-chdir", file)
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
	out, problems, err := d.output(timeout, args...)
	return out + problems, err
}

func (d *database) output(timeout time.Duration, args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout+5*time.Second)
	defer cancel()
	args = append([]string{"--no-syslog", fmt.Sprintf("--timeout=%d", int(timeout.Seconds())), "--db=unix:" + d.socket(), "--no-wait"}, args...)
	cmd := exec.CommandContext(ctx, d.tools.path(d.tool), args...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, problems.String())
	}
	return out.String(), problems.String(), nil
}

func (d *database) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := d.run(10*time.Second, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// client runs ovsdb-client, which prints what the server answers.
func (d *database) client(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), d.tools.path("ovsdb-client"), append([]string{"--timeout=10"}, args...)...).Output()
	if err != nil {
		t.Fatalf("ovsdb-client %s: %v", args, err)
	}
	return out
}

// schemaOf reads the server's schema.
func (d *database) schemaOf(t *testing.T, name string) ovs.Schema {
	t.Helper()
	s, err := ovs.ParseSchema(d.client(t, "get-schema", "unix:"+d.socket(), name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// transact executes a transaction.
func (d *database) transact(t *testing.T, transaction []any) []byte {
	t.Helper()
	text, err := json.Marshal(transaction)
	if err != nil {
		t.Fatal(err)
	}
	return d.client(t, "transact", "unix:"+d.socket(), string(text))
}
