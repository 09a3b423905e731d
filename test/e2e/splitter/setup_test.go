package splitter

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"

	edge "sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/applier/splitter"
	"sluice/test/harness/node"
	"sluice/test/harness/require"
)

// world is a node with pods of two tenants, and a splitter outside of it.
type world struct {
	network *node.Network
	node    *node.Node
	*splitter.Splitter
	target string
	// known gets a value when the interfaces are known.
	known chan struct{}
	stop  func()
	// dialer opens the sockets to collectors; nil to open them outside of the node. addresses lists the addresses of
	// the node; nil if they are unknown.
	dialer    splitter.Dial
	addresses splitter.Addresses
}

// Interfaces is node.Listener's.
func (w *world) Interfaces(list []ovs.Interface) {
	var ports []splitter.Port
	for _, i := range list {
		owner, _ := splitter.PodOf(i.ID)
		ports = append(ports, splitter.Port{Row: string(i.Row), Name: i.Name, Index: i.Index, Owner: owner})
	}
	w.SetPorts(ports)
	select {
	case w.known <- struct{}{}:
	default:
	}
}

// InterfacesConfirmed is node.Listener's.
func (w *world) InterfacesConfirmed(number uint64) { w.Confirmed(number) }

// InterfacesLost is node.Listener's.
func (w *world) InterfacesLost() { w.LosePorts() }

// newWorld starts a node with the Open vSwitch of a release. Each pod belongs to a namespace; "" is no pod's
// interface.
func newWorld(t *testing.T, release node.Release, owners ...string) *world {
	t.Helper()
	require.Root(t, "network namespaces")
	network, err := node.StartNetwork(t.Context(), node.NetworkOptions{Release: release})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := network.Stop(); err != nil {
			t.Error(err)
		}
	})
	return newWorldOn(t, network, "node-a", owners...)
}

// newWorldOn is like newWorld, with a name, on a network.
func newWorldOn(t *testing.T, network *node.Network, name string, owners ...string) *world {
	t.Helper()
	w := &world{network: network}
	var err error
	if w.node, err = node.Start(t.Context(), network, name, node.Options{Pods: len(owners)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.node.Stop(); err != nil {
			t.Error(err)
		}
	})
	for i, owner := range owners {
		if owner == "" {
			continue
		}
		if err := w.node.SetOwner(t.Context(), i+1, owner); err != nil {
			t.Fatal(err)
		}
	}
	w.start(t)
	return w
}

// start runs the splitter until the test ends.
func (w *world) start(t *testing.T) {
	t.Helper()
	conn, err := w.network.Listen(t.Context(), "udp4", "192.168.1.50:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, ok := conn.(*net.UDPConn)
	if !ok {
		t.Fatalf("a %T", conn)
	}
	w.target = conn.LocalAddr().String()
	target := netip.MustParseAddrPort(w.target)
	vswitchd := edge.Vswitchd{RunDir: w.node.RunDir(), Proc: "/proc"}
	var confirm func(uint64)
	w.Splitter, w.known = splitter.New(splitter.Config{
		Confirm: func(number uint64) { confirm(number) },
		Own: func() ([]netip.AddrPort, error) {
			sockets, err := vswitchd.Sockets()
			return sockets[target].Locals, err
		},
		Dial: w.dial(t), Now: time.Now,
		Addresses: func() (map[netip.Addr]bool, error) {
			if w.addresses == nil {
				return nil, nil //nolint:nilnil // unknown
			}
			return w.addresses()
		},
	}), make(chan struct{}, 1)
	watch := edge.NewWatch("unix:"+w.node.Socket(), logr.Discard())
	watch.Listener, confirm = w, watch.Confirm
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 2)
	go func() { done <- watch.Run(ctx) }()
	go func() { done <- w.Receive(ctx, socket) }()
	w.stop = sync.OnceFunc(func() {
		stop()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		_ = conn.Close()
		w.Close(nil)
	})
	t.Cleanup(func() {
		w.stop()
		if t.Failed() {
			counts, exports := w.Counts()
			t.Logf("%+v\n%+v", counts, exports)
		}
	})
	<-w.known
}

// sender sends to one collector from the outside namespace.
type sender struct {
	conn net.PacketConn
	to   net.Addr
}

func (s sender) Write(p []byte) (int, error) { return s.conn.WriteTo(p, s.to) }
func (s sender) Close() error                { return s.conn.Close() }

func (w *world) dial(t *testing.T) splitter.Dial {
	return func(to netip.AddrPort) (io.WriteCloser, error) {
		if w.dialer != nil {
			return w.dialer(to)
		}
		conn, err := w.network.Listen(context.WithoutCancel(t.Context()), "udp4", "192.168.1.1:0")
		return sender{conn, net.UDPAddrFromAddrPort(to)}, err
	}
}

// restart ends the splitter and starts another one, as an agent does that starts again. The exporter starts again, too:
// before version 3.2, ovs-vswitchd sends a new target no templates otherwise, which the agent sees to.
func (w *world) restart(t *testing.T, settings ...string) {
	t.Helper()
	w.stop()
	w.start(t)
	w.SetBridge(123, 1)
	if _, err := w.node.Vsctl(t.Context(), "clear", "Bridge", node.Bridge, "ipfix"); err != nil {
		t.Fatal(err)
	}
	w.export(t, settings...)
}

// export makes the bridge send IPFIX to the splitter.
func (w *world) export(t *testing.T, settings ...string) {
	t.Helper()
	args := append([]string{
		"--", "set", "Bridge", node.Bridge, "ipfix=@i", "--", "--id=@i", "create", "IPFIX", fmt.Sprintf("targets=%q", w.target), "obs_domain_id=123",
	}, settings...)
	if _, err := w.node.Vsctl(t.Context(), args...); err != nil {
		t.Fatal(err)
	}
	w.Refresh()
}

// eventually waits for a condition that says what is missing.
func eventually(t *testing.T, condition func() string) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		missing := condition()
		if missing == "" {
			return
		}
		select {
		case <-deadline.C:
			t.Fatal(missing)
		case <-ticker.C:
		}
	}
}
