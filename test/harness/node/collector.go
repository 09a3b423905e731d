package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/prometheus/procfs"
)

// startCollector starts a collector in the outside namespace, and waits until it has its UDP port.
func startCollector(ctx context.Context, network *Network, address string, cmd *exec.Cmd, log string) (*process, error) {
	if err := network.addHostOf(ctx, address); err != nil {
		return nil, err
	}
	cmd.Env = network.programs.Env()
	network.enter(cmd, network.outsideOrNone())
	p, err := startProcess(cmd, log)
	if err != nil {
		return nil, err
	}
	err = poll(ctx, filepath.Base(log), func(context.Context) (bool, error) {
		if err := p.alive(); err != nil {
			return true, err
		}
		return network.portTaken(address)
	})
	if err != nil {
		p.stop(0, 0)
		return nil, err
	}
	return p, nil
}

// portTaken reports whether a process has an outside address. It neither sends to it nor binds it: the process would
// find the port in use.
func (n *Network) portTaken(address string) (bool, error) {
	wanted, err := netip.ParseAddrPort(address)
	if err != nil {
		return false, fmt.Errorf("a collector's address: %w", err)
	}
	taken := false
	err = inNamespace(n.outsideOrNone(), func() error {
		proc, err := procfs.NewFS("/proc/thread-self")
		if err != nil {
			return err
		}
		four, err := proc.NetUDP()
		if err != nil {
			return err
		}
		six, err := proc.NetUDP6()
		if err != nil {
			return err
		}
		for _, line := range append(four, six...) {
			local, _ := netip.AddrFromSlice(line.LocalAddr)
			taken = taken || uint64(wanted.Port()) == line.LocalPort && (local.IsUnspecified() || local.Unmap() == wanted.Addr())
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("read the UDP sockets: %w", err)
	}
	return taken, nil
}

// FreePort returns the address of a collector that nodes can send to, with a UDP port that this network has not given
// out: one of 12,000 that the kernel gives to no socket without a port. It does not try the port: a program that is
// started meanwhile has a copy of the socket for a moment, and the collector would find the port in use.
func (n *Network) FreePort(ctx context.Context, host string) (string, error) {
	const first, count = 20_000, 12_000
	n.mu.Lock()
	if n.ports == 0 {
		n.ports = rand.IntN(count) // networks without namespaces share their ports
	}
	n.ports++
	address := net.JoinHostPort(host, strconv.Itoa(first+n.ports%count))
	n.mu.Unlock()
	return address, n.addHostOf(ctx, address)
}

func splitAddress(address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err != nil {
		return "", "", fmt.Errorf("a collector's address: %w", err)
	}
	if number, err := strconv.Atoi(port); err != nil || number <= 0 {
		return "", "", errors.New("a collector's address has no port number: " + address)
	}
	return host, port, nil
}

// collectorGrace is how long a collector may take to write its records.
const collectorGrace = 3 * time.Second
