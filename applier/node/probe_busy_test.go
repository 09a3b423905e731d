package node_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/test/harness/require"
)

// Kind of fault: the busiest exporter hides the failure. The kernel keeps only some datagrams for a machine that it
// looks for, and drops the oldest.
func TestABusyNodeDoesNotHideAMachineThatIsOff(t *testing.T) {
	require.Root(t, "network namespaces")
	require.Programs(t, "ip")
	for name, c := range map[string]struct {
		target string
		before []string
	}{
		"in the node's network":      {"10.0.0.66:4739", nil},
		"the gateway":                {"10.1.0.1:4739", []string{"ip route add 10.1.0.0/24 via 10.0.0.77"}},
		"the gateway, IPv6":          {"[fd01::1]:4739", []string{"ip -6 route add fd01::/64 via fd00::77"}},
		"the gateway of another one": {"10.1.0.1:4739", []string{"ip route add 10.1.0.0/24 via inet6 fd00::77 dev eth0"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newMachines(t)
			n.node.run(t, c.before...)
			n.sends(t, c.target, 5*time.Millisecond, 5, 1400)
			met, ok := errors.AsType[*ovs.ProbeError](n.probe(t, c.target, 5*time.Second))
			if !ok || met.Cause != ovs.ProbeNoNeighbor {
				t.Errorf("the probe met %+v", met)
			}
		})
	}
}

// The same kind: a machine answers only some datagrams of a node that nothing listens, and these are those of the records.
func TestABusyNodeDoesNotHideARefusal(t *testing.T) {
	require.Root(t, "network namespaces")
	require.Programs(t, "ip")
	for name, host := range map[string]string{"IPv4": "10.0.0.2", "IPv6": "fd00::2"} {
		t.Run(name, func(t *testing.T) {
			n := newMachines(t)
			n.sends(t, net.JoinHostPort(host, "9"), time.Hour, 20, 100) // these use up the answers of a while
			n.sends(t, net.JoinHostPort(host, "9"), 50*time.Millisecond, 1, 100)
			for range 20 { // of the answers in a probe's time, it gets at least one with a probability of about one half
				if met, ok := errors.AsType[*ovs.ProbeError](n.probe(t, net.JoinHostPort(host, "10"), 4*time.Second)); ok {
					if met.Cause != ovs.ProbeRefused {
						t.Errorf("the probe met %+v", met)
					}
					return
				}
			}
			t.Error("no probe was refused")
		})
	}
}

// A probe sends more than one datagram only if something turns back what the node sends.
func TestAProbeInsistsOnlyIfSomethingIsTurnedBack(t *testing.T) {
	require.Root(t, "network namespaces")
	require.Programs(t, "ip")
	n := newMachines(t)
	var came atomic.Int64
	n.router.do(t, func() error {
		conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "10.0.0.2:2055")
		if err != nil {
			return err
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				if _, _, err := conn.ReadFrom(make([]byte, 1)); err != nil {
					return
				}
				came.Add(1)
			}
		}()
		t.Cleanup(func() {
			_ = conn.Close()
			<-done
		})
		return nil
	})
	probe := func() int64 {
		before := came.Load()
		if err := n.probe(t, "10.0.0.2:2055", 3*time.Second); err != nil {
			t.Errorf("the probe met %v", err)
		}
		return came.Load() - before
	}
	if sent := probe(); sent != 1 {
		t.Errorf("a probe sent %d datagrams", sent)
	}
	n.sends(t, "10.0.0.2:9", 100*time.Millisecond, 1, 100)
	if sent := probe(); sent < 2 || sent > 60 {
		t.Errorf("a probe sent %d datagrams while another collector refuses", sent)
	}
}

// sends sends datagrams from the node, at once and until the test ends: some each time, of a size in bytes, with a mean interval.
func (n machines) sends(t *testing.T, target string, each time.Duration, some, size int) {
	t.Helper()
	var conn net.Conn
	n.node.do(t, func() error {
		var err error
		conn, err = net.Dial("udp", target) //nolint:noctx // opens a socket at once
		return err
	})
	send := func() {
		for range some {
			_, _ = conn.Write(make([]byte, size))
		}
	}
	send()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			timer := time.NewTimer(each/2 + rand.N(each))
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
			send()
		}
	}()
	t.Cleanup(func() {
		stop()
		<-done
		_ = conn.Close()
	})
}
