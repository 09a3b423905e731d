package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// The names of the bridge and the management port in OVN-Kubernetes.
const (
	Bridge         = "br-int"
	ManagementPort = "ovn-k8s-mp0"
)

// Options are the options of a Node.
type Options struct {
	// Bare starts only Open vSwitch, without bridge and pods.
	Bare bool
	// Pods is the number of pods, at least 2; 0 means 2.
	Pods int
}

// Node is a cluster node: Open vSwitch and some pods on br-int.
type Node struct {
	// Name is the node's name, Number counts the nodes of its network from 1.
	Name   string
	Number int

	network   *Network
	dir       string
	bare      bool
	database  *process
	vswitchd  *process
	ovn       *OVN
	namespace string
	pods      []pod
	// remote are the pods of other nodes, which Connect connects.
	remote []pod
}

// Start starts a node. When Start returns, the bridge exists, its ports have numbers, and the pods reach
// each other.
func Start(ctx context.Context, network *Network, name string, options Options) (*Node, error) {
	dir, err := network.folder("node")
	if err != nil {
		return nil, err
	}
	n := &Node{Name: name, Number: network.number(), network: network, dir: dir, bare: options.Bare}
	if network.isolated {
		n.namespace = network.name(name)
	}
	for i := range max(options.Pods, 2) {
		n.pods = append(n.pods, newPod(n, i+1))
	}
	if err := n.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start node %s: %w", name, err), n.Stop())
	}
	return n, nil
}

func (n *Node) start(ctx context.Context) error {
	if n.namespace != "" {
		if err := n.attach(ctx); err != nil {
			return err
		}
	}
	if err := n.createDatabase(ctx); err != nil {
		return err
	}
	if err := n.StartDatabase(ctx); err != nil {
		return err
	}
	if _, err := n.Vsctl(ctx, "--no-wait", "init"); err != nil {
		return err
	}
	if err := n.StartVswitchd(ctx); err != nil || n.bare {
		return err
	}
	return n.addBridge(ctx)
}

// attach creates the namespace of the node and connects it to the network.
func (n *Node) attach(ctx context.Context) error {
	if err := n.network.addNamespace(ctx, n.namespace); err != nil {
		return err
	}
	port, host := fmt.Sprintf("node%d", n.Number), n.network.hostAddress().As4()
	host[3] = byte(10 + n.Number)
	if err := n.network.ip(ctx, n.namespace, "link add eth0 type veth peer name "+port+" netns "+n.network.outside()); err != nil {
		return err
	}
	if err := n.network.ip(ctx, n.network.outside(), "link set "+port+" master br0 up"); err != nil {
		return err
	}
	return n.network.ip(
		ctx, n.namespace,
		"link set eth0 up",
		"addr add "+n.Address(false)+"/24 dev eth0",
		"addr add "+n.Address(true)+"/64 dev eth0 nodad",
		// The host sees this one only, or networks would clash there.
		fmt.Sprintf("addr add %d.%d.%d.%d/24 dev eth0", host[0], host[1], host[2], host[3]),
		"route add default via 192.168.1.1 src "+n.Address(false),
		"route add default via fd00:192:168:1::1",
	)
}

// Address is the address of the node.
func (n *Node) Address(ipv6 bool) string {
	switch {
	case n.namespace == "" && ipv6:
		return "::1"
	case n.namespace == "":
		return "127.0.0.1"
	case ipv6:
		return fmt.Sprintf("fd00:192:168:1::%d", 10+n.Number)
	default:
		return fmt.Sprintf("192.168.1.%d", 10+n.Number)
	}
}

// Dir is the folder of the node. Stop removes it.
func (n *Node) Dir() string { return n.dir }

// RunDir is Open vSwitch's run directory: sockets and pidfiles.
func (n *Node) RunDir() string { return n.dir }

// Socket is the database's unix socket.
func (n *Node) Socket() string { return filepath.Join(n.dir, "db.sock") }

// LogFile is the log of ovs-vswitchd.
func (n *Node) LogFile() string { return filepath.Join(n.dir, "ovs-vswitchd.log") }

// Namespace is the name of the node's network namespace, empty if it has none.
func (n *Node) Namespace() string { return n.namespace }

// Command returns a command that runs in the namespace of the node and uses its Open vSwitch.
func (n *Node) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return n.command(exec.CommandContext(ctx, n.network.programs.lookup(name), args...))
}

// daemon returns a command that continues after the context of the call that starts it ends.
func (n *Node) daemon(name string, args ...string) *exec.Cmd {
	return n.command(exec.Command(n.network.programs.Path(name), args...)) //nolint:noctx // Stop ends it
}

// command changes a command to run on the node. "ip netns exec" replaces itself with the program, so the
// process ID is that of the program.
func (n *Node) command(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = n.Env()
	n.network.enter(cmd, n.namespace)
	return cmd
}

// enter makes a command run in a namespace.
func (n *Network) enter(cmd *exec.Cmd, namespace string) {
	if namespace == "" {
		return
	}
	ip := n.programs.Path("ip")
	cmd.Args = slices.Concat([]string{ip, "netns", "exec", namespace, cmd.Path}, cmd.Args[1:])
	cmd.Path, cmd.Err = ip, nil
}

// Env is the environment in which the programs of Open vSwitch and OVN connect to those of the node.
func (n *Node) Env() []string {
	env := n.network.programs.Env()
	for _, prefix := range []string{"OVS", "OVN"} {
		for _, folder := range []string{"RUNDIR", "LOGDIR", "DBDIR", "SYSCONFDIR"} {
			env = append(env, prefix+"_"+folder+"="+n.dir)
		}
	}
	return env
}

// Stop ends all processes and removes the namespaces and the folder.
func (n *Node) Stop() error {
	if n.ovn != nil {
		n.ovn.Stop()
	}
	n.StopVswitchd()
	n.StopDatabase()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var err error
	if n.namespace != "" {
		for _, name := range append(n.podNamespaces(), n.namespace) {
			if _, missing := os.Stat(filepath.Join("/run/netns", name)); missing == nil {
				err = errors.Join(err, n.network.ip(ctx, "", "netns del "+name))
			}
		}
	}
	return errors.Join(err, os.RemoveAll(n.dir))
}

// VswitchdPID is the process ID of ovs-vswitchd, 0 if it does not run.
func (n *Node) VswitchdPID() int { return n.vswitchd.pid() }

// Freeze makes ovs-vswitchd hang until Thaw, or until it is stopped.
func (n *Node) Freeze() error { return n.vswitchd.signal(syscall.SIGSTOP) }

// Thaw lets a frozen ovs-vswitchd continue.
func (n *Node) Thaw() error { return n.vswitchd.signal(syscall.SIGCONT) }
