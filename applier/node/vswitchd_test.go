package node_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/test/harness/require"
)

// udp is /proc/net/udp with connected sockets from 127.0.0.1, except the last one: 127.0.0.1:4739 has the
// inode 11, 127.0.0.1:2055 the inode 12, 127.0.0.1:6343 of the user 800 the inode 13, and 127.0.0.1:9995
// the inode 14, from 192.0.2.7.
const udp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
    1: 0100007F:A000 0100007F:1283 01 00000000:00000000 00:00000000 00000000     0        0 11 2 0000000000000000 0
    2: 0100007F:A001 0100007F:0807 01 00000000:00000000 00:00000000 00000000     0        0 12 2 0000000000000000 0
    3: 0100007F:A002 0100007F:18C7 01 00000000:00000000 00:00000000 00000000   800        0 13 2 0000000000000000 0
    4: 070200C0:A003 0100007F:270B 01 00000000:00000000 00:00000000 00000000     0        0 14 2 0000000000000000 0
`

// Kind of fault: a neighbor's socket was taken for one's own. The pidfile says 42.
func TestSocketsAreThoseOfVswitchdOnlyIfThatIsKnown(t *testing.T) {
	lost := netip.MustParseAddr("192.0.2.7")
	for name, c := range map[string]struct {
		// comm of the process 42, which has the socket 12; "" if there is none.
		comm string
		// user of ovs-vswitchd.
		user int
		// probe says that the agent itself has the socket 11.
		probe bool
		want  map[string]ovs.Seen
	}{
		"it is seen":                     {"ovs-vswitchd\n", 0, false, map[string]ovs.Seen{"127.0.0.1:2055": {Own: true}}},
		"no process has its number":      {"", 0, false, map[string]ovs.Seen{"127.0.0.1:2055": {}, "127.0.0.1:4739": {}, "127.0.0.1:9995": {Lost: []netip.Addr{lost}}}},
		"another process has its number": {"sluice\n", 0, false, map[string]ovs.Seen{"127.0.0.1:2055": {}, "127.0.0.1:4739": {}, "127.0.0.1:9995": {Lost: []netip.Addr{lost}}}},
		"it has a user of its own":       {"", 800, false, map[string]ovs.Seen{"127.0.0.1:6343": {Own: true}}},
		"the agent probes":               {"", 0, true, map[string]ovs.Seen{"127.0.0.1:2055": {}, "127.0.0.1:9995": {Lost: []netip.Addr{lost}}}},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"run/ovs-vswitchd.pid": "42\n", "run/ovs-vswitchd.42.ctl": "", "proc/self/net/udp": udp}
			if c.comm != "" {
				files["proc/42/comm"], files["proc/42/net/udp"] = c.comm, udp
			}
			dir := write(t, files)
			if c.comm != "" {
				link(t, "socket:[12]", filepath.Join(dir, "proc/42/fd/3"))
			}
			if c.probe {
				link(t, "socket:[11]", filepath.Join(dir, "proc/self/fd/3"))
			}
			own(t, filepath.Join(dir, "run/ovs-vswitchd.42.ctl"), c.user)
			sockets, err := node.Vswitchd{RunDir: filepath.Join(dir, "run"), Proc: filepath.Join(dir, "proc")}.Sockets()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, texts(sockets), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("sockets (-want +got):\n%s", diff)
			}
		})
	}
}

// own gives a file to a user.
func own(t *testing.T, path string, user int) {
	t.Helper()
	if user == 0 && os.Geteuid() == 0 {
		return
	}
	require.Root(t, "a file of another user")
	if err := os.Chown(path, user, -1); err != nil {
		t.Fatal(err)
	}
}

func texts(sockets ovs.Sockets) map[string]ovs.Seen {
	all := map[string]ovs.Seen{}
	for remote, seen := range sockets {
		if len(seen.Locals) == 0 || !seen.Locals[0].IsValid() {
			continue // a socket has a local end
		}
		seen.Locals = nil
		all[remote.String()] = seen
	}
	return all
}

// write writes files below a folder of the test's own.
func write(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for path, text := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
