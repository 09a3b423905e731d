package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"time"
)

// NetworkOptions are the options of a Network.
type NetworkOptions struct {
	// Dummy disables namespaces and real devices even for root.
	Dummy bool
	// Release is the release of the programs; empty for those of this machine.
	Release Release
}

// Network connects nodes and collectors.
type Network struct {
	programs *Programs
	isolated bool
	index    int
	lock     *os.File

	mu    sync.Mutex
	nodes int
	// ports counts the ports of collectors.
	ports int
}

// StartNetwork creates a network. As root it has its own namespaces: nodes have the addresses
// 192.168.1.11, .12 and so on, and the same with fd00:192:168:1::, and the outside namespace has the
// addresses that collectors need. They are not visible in other networks. Several networks can exist
// at once.
func StartNetwork(ctx context.Context, options NetworkOptions) (*Network, error) {
	programs, err := FindPrograms(ctx, options.Release)
	if err != nil {
		return nil, err
	}
	n := &Network{programs: programs, isolated: os.Geteuid() == 0 && !options.Dummy}
	if !n.isolated {
		return n, nil
	}
	if err := n.claim(ctx); err != nil {
		return nil, err
	}
	if err := n.build(ctx); err != nil {
		return nil, errors.Join(err, n.Stop())
	}
	return n, nil
}

// build creates the outside namespace, a switch in it, and the interface of the host on that switch.
func (n *Network) build(ctx context.Context) error {
	if err := n.addNamespace(ctx, n.outside()); err != nil {
		return err
	}
	err := n.ip(
		ctx, n.outside(),
		"link add br0 type bridge forward_delay 0",
		"link set br0 up",
		"addr add 192.168.1.1/24 dev br0",
		"addr add fd00:192:168:1::1/64 dev br0 nodad",
		"link add host type veth peer name outside",
		"link set host master br0 up",
	)
	if err != nil {
		return err
	}
	// The peer is created inside and moved, so that its name can't conflict on the host.
	return errors.Join(
		n.ip(ctx, n.outside(), fmt.Sprintf("link set outside name %s netns %d", n.hostDevice(), os.Getpid())),
		n.ip(
			ctx, "",
			"link set "+n.hostDevice()+" up",
			"addr add "+netip.PrefixFrom(n.hostAddress(), 24).String()+" dev "+n.hostDevice(),
		),
	)
}

// Isolated reports whether nodes and collectors have their own namespaces. If not, everything is on
// loopback, and Open vSwitch uses its dummy datapath.
func (n *Network) Isolated() bool { return n.isolated }

// HostAddress is the address of the namespace of this process for nodes. It is different for each
// network, so that several can exist at once.
func (n *Network) HostAddress() string {
	if !n.isolated {
		return "127.0.0.1"
	}
	return n.hostAddress().String()
}

// CollectorAddress is an address for collectors, IPv4 or IPv6, that nodes can send to.
func (n *Network) CollectorAddress(ipv6 bool) string {
	switch {
	case n.isolated && ipv6:
		return "fd00:192:168:1::99"
	case n.isolated:
		return "192.168.1.99"
	case ipv6:
		return "::1"
	default:
		return "127.0.0.1"
	}
}

// AddAddress adds an address to the outside namespace. Nodes can reach any address in it, because their
// default route leads there. Listen and the collectors call it.
func (n *Network) AddAddress(ctx context.Context, address string) error {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return fmt.Errorf("add an address: %w", err)
	}
	if !n.isolated || ip.IsUnspecified() {
		return nil
	}
	flags := ""
	if ip.Is6() {
		flags = " nodad"
	}
	return n.ip(ctx, n.outside(), fmt.Sprintf("addr replace %s/%d dev br0%s", ip, ip.BitLen(), flags))
}

// RemoveAddress removes an address from the outside namespace. The network then drops or refuses the
// packets of nodes to it.
func (n *Network) RemoveAddress(ctx context.Context, address string) error {
	if !n.isolated {
		return nil
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return fmt.Errorf("remove an address: %w", err)
	}
	return n.ip(ctx, n.outside(), fmt.Sprintf("addr del %s/%d dev br0", ip, ip.BitLen()))
}

// Listen opens a UDP socket in the outside namespace. network is "udp", "udp4" or "udp6", and address
// an IP address and a port. Port 0 means an unused one.
func (n *Network) Listen(ctx context.Context, network, address string) (net.PacketConn, error) {
	if err := n.addHostOf(ctx, address); err != nil {
		return nil, err
	}
	var conn net.PacketConn
	err := inNamespace(n.outsideOrNone(), func() error {
		var err error
		conn, err = (&net.ListenConfig{}).ListenPacket(ctx, network, address)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen outside: %w", err)
	}
	return conn, nil
}

// Command returns a command that runs in the outside namespace. "ip netns exec" replaces itself with
// the program, so the process ID is that of the program.
func (n *Network) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	n.enter(cmd, n.outsideOrNone())
	return cmd
}

// AddServerAddress adds an address to the outside namespace that the namespace of this process can
// reach: the number-th one (from 2 to 254) of the network of the host.
func (n *Network) AddServerAddress(ctx context.Context, number int) (string, error) {
	if !n.isolated {
		return "", errors.New("a server address needs a network with namespaces, which only root can make")
	}
	b := n.hostAddress().As4()
	b[3] = byte(number)
	address := netip.AddrFrom4(b)
	// The first such address also needs the route back.
	return address.String(), n.ip(ctx, n.outside(), fmt.Sprintf("addr replace %s/24 dev br0", address))
}

// Stop removes the network. The nodes and collectors on it must be stopped before.
func (n *Network) Stop() error {
	if n.lock == nil {
		return nil
	}
	// Clean up even if the context of the caller has ended.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := n.removeNamespaces(ctx)
	return errors.Join(err, n.lock.Close())
}

func (n *Network) addHostOf(ctx context.Context, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen outside: %w", err)
	}
	if host == "" {
		return nil
	}
	return n.AddAddress(ctx, host)
}

func (n *Network) name(part string) string { return fmt.Sprintf("sluice%d-%s", n.index, part) }

func (n *Network) outside() string { return n.name("out") }

func (n *Network) outsideOrNone() string {
	if !n.isolated {
		return ""
	}
	return n.outside()
}

func (n *Network) hostDevice() string { return fmt.Sprintf("sluice%d", n.index) }

func (n *Network) hostAddress() netip.Addr {
	return netip.AddrFrom4([4]byte{198, 18, byte(n.index), 1})
}

func (n *Network) hostSubnet() netip.Prefix { return netip.PrefixFrom(n.hostAddress(), 24).Masked() }

// number counts the nodes from 1.
func (n *Network) number() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nodes++
	return n.nodes
}
