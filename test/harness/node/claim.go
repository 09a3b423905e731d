package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxNetworks is how many networks one machine can have. Each uses a /24 of 198.18.0.0/16, which is
// reserved for tests.
const maxNetworks = 256

// claim finds a number that no other network on the machine has. The lock on its file ends with the
// process, so that the remains of a killed process are found here and removed.
func (n *Network) claim(ctx context.Context) error {
	for n.index = range maxNetworks {
		if taken, err := hostHas(n.hostSubnet()); err != nil {
			return err
		} else if taken && !n.leftover() {
			continue
		}
		name := filepath.Join(os.TempDir(), fmt.Sprintf("sluice-network-%d.lock", n.index))
		file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			continue // another user's
		}
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			_ = file.Close()
			continue
		}
		n.lock = file
		return errors.Join(n.removeNamespaces(ctx), n.removeFolders())
	}
	return errors.New("no free number for a network")
}

// leftover reports whether namespaces of this number exist. Then the subnet belongs to a network of
// this package, which may be dead, and not to the machine.
func (n *Network) leftover() bool {
	names, err := n.namespaces()
	return err == nil && len(names) > 0
}

// namespaces lists the namespaces that carry the network's number.
func (n *Network) namespaces() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join("/run/netns", n.name("*")))
	if err != nil {
		return nil, fmt.Errorf("list namespaces: %w", err)
	}
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return paths, nil
}

// removeNamespaces removes everything that the network has in the kernel. A veth is removed with
// either end. The end on the host is removed first, because the kernel removes namespaces later.
func (n *Network) removeNamespaces(ctx context.Context) error {
	var err error
	if _, missing := net.InterfaceByName(n.hostDevice()); missing == nil {
		err = n.ip(ctx, "", "link del "+n.hostDevice())
	}
	names, listing := n.namespaces()
	err = errors.Join(err, listing)
	for _, name := range names {
		err = errors.Join(err, n.ip(ctx, "", "netns del "+name))
	}
	return err
}

// hostHas reports whether the machine uses addresses of a subnet.
func hostHas(subnet netip.Prefix) (bool, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return false, fmt.Errorf("list the machine's addresses: %w", err)
	}
	for _, address := range addresses {
		own, err := netip.ParsePrefix(address.String())
		if err == nil && own.Overlaps(subnet) && !strings.HasPrefix(address.String(), "127.") {
			return true, nil
		}
	}
	return false, nil
}

// folder creates a folder that a later network removes if this process is killed. It is not the
// temporary folder of the test, whose path is too long for Unix sockets.
func (n *Network) folder(what string) (string, error) {
	prefix := "sluice-"
	if n.isolated {
		prefix = n.name("")
	}
	dir, err := os.MkdirTemp("", prefix+what+"-")
	if err != nil {
		return "", fmt.Errorf("create a folder: %w", err)
	}
	return dir, nil
}

func (n *Network) removeFolders() error {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), n.name("*")))
	for _, folder := range folders {
		err = errors.Join(err, os.RemoveAll(folder))
	}
	return err
}
