package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// grace is how long a daemon may take to end.
const grace = 10 * time.Second

func (n *Node) createDatabase(ctx context.Context) error {
	_, err := run(n.Command(ctx, "ovsdb-tool", "create", filepath.Join(n.dir, "conf.db"), n.network.programs.SwitchSchema()))
	return err
}

// StartDatabase starts ovsdb-server and waits until it answers.
func (n *Node) StartDatabase(ctx context.Context) error {
	cmd := n.daemon(
		"ovsdb-server", filepath.Join(n.dir, "conf.db"), "--remote=punix:"+n.Socket(),
		"--pidfile", "--overwrite-pidfile", "--log-file", "-vconsole:off",
	)
	var err error
	if n.database, err = startProcess(cmd, filepath.Join(n.dir, "ovsdb-server.out")); err != nil {
		return err
	}
	return poll(ctx, "the database", func(ctx context.Context) (bool, error) {
		if err := n.database.alive(); err != nil {
			return true, err
		}
		_, err := n.Vsctl(ctx, "--no-wait", "show")
		return err == nil, err
	})
}

// StopDatabase ends ovsdb-server and removes its socket. Without the database, ovs-vswitchd does not
// answer ovs-ofctl and, unlike with the datapath of the kernel, forwards no packets. It reconnects
// after 1, 2, 4 and then every 8 seconds.
func (n *Node) StopDatabase() { n.database.stop(syscall.SIGTERM, grace) }

// FreezeDatabase makes ovsdb-server hang until ThawDatabase, or until it is stopped.
func (n *Node) FreezeDatabase() error { return n.database.signal(syscall.SIGSTOP) }

// ThawDatabase lets a frozen ovsdb-server continue.
func (n *Node) ThawDatabase() error { return n.database.signal(syscall.SIGCONT) }

// StartVswitchd starts ovs-vswitchd, and waits until it has applied the database.
func (n *Node) StartVswitchd(ctx context.Context) error {
	args := []string{
		"unix:" + n.Socket(), "--pidfile", "--overwrite-pidfile", "--log-file", "-vconsole:off", "--disable-system",
	}
	if n.namespace == "" {
		args = append(args, "--enable-dummy=override")
	}
	var err error
	if n.vswitchd, err = startProcess(n.daemon("ovs-vswitchd", args...), filepath.Join(n.dir, "ovs-vswitchd.out")); err != nil {
		return err
	}
	err = poll(ctx, "ovs-vswitchd", func(ctx context.Context) (bool, error) {
		if err := n.vswitchd.alive(); err != nil {
			return true, err
		}
		if _, err := n.Appctl(ctx, "version"); err != nil {
			return false, err
		}
		synced, err := n.Synced(ctx)
		return synced, err
	})
	if err != nil {
		return err
	}
	if found, err := n.hasPods(ctx); err != nil || !found {
		return err
	}
	return n.configureBridge(ctx)
}

// hasPods reports whether the database has br-int with its ports. A caller may have changed them.
func (n *Node) hasPods(ctx context.Context) (bool, error) {
	out, err := n.Vsctl(ctx, "--no-wait", "--bare", "--columns=name", "list", "Interface")
	names := strings.Fields(out)
	found := slices.Contains(names, ManagementPort)
	for _, p := range n.pods {
		found = found && slices.Contains(names, p.device)
	}
	return found, err
}

// StopVswitchd ends ovs-vswitchd. The node forwards nothing until StartVswitchd.
func (n *Node) StopVswitchd() { n.vswitchd.stop(syscall.SIGTERM, grace) }

// Synced reports whether ovs-vswitchd has applied the database.
func (n *Node) Synced(ctx context.Context) (bool, error) {
	out, err := n.Vsctl(ctx, "--no-wait", "get", "Open_vSwitch", ".", "next_cfg", "cur_cfg")
	if err != nil {
		return false, err
	}
	numbers := strings.Fields(out)
	if len(numbers) != 2 {
		return false, fmt.Errorf("unexpected next_cfg and cur_cfg: %q", out)
	}
	return numbers[0] == numbers[1] || numbers[0] == "0", nil
}

// Vsctl runs ovs-vsctl on the database of the node, and returns its output.
func (n *Node) Vsctl(ctx context.Context, args ...string) (string, error) {
	return n.control(ctx, "ovs-vsctl", append([]string{"--no-syslog", "--db=unix:" + n.Socket()}, args...))
}

// Ofctl runs ovs-ofctl.
func (n *Node) Ofctl(ctx context.Context, args ...string) (string, error) {
	return n.control(ctx, "ovs-ofctl", args)
}

// Appctl runs ovs-appctl on ovs-vswitchd.
func (n *Node) Appctl(ctx context.Context, args ...string) (string, error) {
	return n.control(ctx, "ovs-appctl", append([]string{"--target=ovs-vswitchd"}, args...))
}

// control runs a control program in this namespace: Unix sockets are independent of network
// namespaces. It times out after 20 seconds unless args have another timeout.
func (n *Node) control(ctx context.Context, name string, args []string) (string, error) {
	cmd := n.Command(ctx, name, append([]string{"--timeout=20"}, args...)...)
	if n.namespace != "" {
		cmd.Args = cmd.Args[4:]
		cmd.Path = cmd.Args[0]
	}
	out, err := run(cmd)
	return strings.TrimSpace(out), err
}

// Log is the log of ovs-vswitchd so far.
func (n *Node) Log() (string, error) {
	text, err := os.ReadFile(n.LogFile())
	if err != nil {
		return "", fmt.Errorf("read the log: %w", err)
	}
	return string(text), nil
}
