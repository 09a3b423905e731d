package node_test

import (
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/node"
)

// table is /proc/net/udp with two connected sockets: 127.0.0.1:4739 has the inode 11,
// 127.0.0.1:2055 the inode 12.
const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
    1: 0100007F:A000 0100007F:1283 01 00000000:00000000 00:00000000 00000000     0        0 11 2 0000000000000000 0
    2: 0100007F:A001 0100007F:0807 01 00000000:00000000 00:00000000 00000000     0        0 12 2 0000000000000000 0
`

// TestSocketsAreThoseOfVswitchdOnlyIfItIsSeen: the pidfile says 42.
func TestSocketsAreThoseOfVswitchdOnlyIfItIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		// comm of the process 42, which has the socket 12; "" if there is none.
		comm string
		want []uint16
	}{
		"it is seen":                   {"ovs-vswitchd\n", []uint16{2055}},
		"nobody has its number":        {"", []uint16{2055, 4739}},
		"somebody else has its number": {"sluice\n", []uint16{2055, 4739}},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"run/ovs-vswitchd.pid": "42\n", "proc/self/net/udp": table}
			if c.comm != "" {
				files["proc/42/comm"], files["proc/42/net/udp"] = c.comm, table
			}
			dir := write(t, files)
			if c.comm != "" {
				link(t, "socket:[12]", filepath.Join(dir, "proc/42/fd/3"))
			}
			sockets, err := node.Vswitchd{RunDir: filepath.Join(dir, "run"), Proc: filepath.Join(dir, "proc")}.Sockets()
			if err != nil {
				t.Fatal(err)
			}
			want := map[netip.AddrPort]bool{}
			for _, port := range c.want {
				want[netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)] = true
			}
			if !maps.Equal(want, sockets) {
				t.Errorf("sockets (-want +got):\n%s", cmp.Diff(texts(want), texts(sockets)))
			}
		})
	}
}

func texts(sockets map[netip.AddrPort]bool) map[string]bool {
	all := map[string]bool{}
	for s := range sockets {
		all[s.String()] = true
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
