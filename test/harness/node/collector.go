package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
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
	err = poll(ctx, filepath.Base(log), func(ctx context.Context) (bool, error) {
		if err := p.alive(); err != nil {
			return true, err
		}
		return network.portTaken(ctx, address)
	})
	if err != nil {
		p.stop(0, 0)
		return nil, err
	}
	return p, nil
}

// portTaken reports whether a process listens on an outside address, without sending to it.
func (n *Network) portTaken(ctx context.Context, address string) (bool, error) {
	conn, err := n.Listen(ctx, "udp", address)
	if err == nil {
		return false, conn.Close()
	}
	if strings.Contains(err.Error(), "address already in use") {
		return true, nil
	}
	return false, err
}

// FreePort returns the address of a collector with an unused UDP port: one of 12,000 that the kernel gives to no socket
// without a port. It does not try the port: a program that is started meanwhile has a copy of the socket for a moment,
// and the collector would find the port in use.
func FreePort(host string) string {
	const first, count = 20_000, 12_000
	return net.JoinHostPort(host, strconv.Itoa(first+rand.IntN(count)))
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
