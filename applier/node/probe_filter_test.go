package node_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/test/harness/require"
)

// Kind of fault: what this machine does itself is blamed on others. A packet filter of the node answers in place of the
// collector, or of the next machine on the way.
func TestAProbeTellsAPacketFilterOfTheNodeFromOthers(t *testing.T) {
	require.Root(t, "network namespaces")
	require.Programs(t, "ip", "iptables", "ip6tables")
	for name, c := range map[string]struct {
		program, target, jump string
		cause                 ovs.ProbeCause
	}{
		"a port":                 {"iptables", "10.0.0.2:4739", "REJECT", ovs.ProbeFiltered},
		"a host":                 {"iptables", "10.0.0.2:4739", "REJECT --reject-with icmp-host-unreachable", ovs.ProbeFiltered},
		"a network":              {"iptables", "10.1.0.1:4739", "REJECT --reject-with icmp-net-unreachable", ovs.ProbeFiltered},
		"prohibited":             {"iptables", "10.0.0.2:4739", "REJECT --reject-with icmp-admin-prohibited", ovs.ProbeFiltered},
		"a port, IPv6":           {"ip6tables", "[fd00::2]:4739", "REJECT", ovs.ProbeFiltered},
		"a host, IPv6":           {"ip6tables", "[fd00::2]:4739", "REJECT --reject-with icmp6-addr-unreachable", ovs.ProbeFiltered},
		"prohibited, IPv6":       {"ip6tables", "[fd00::2]:4739", "REJECT --reject-with icmp6-adm-prohibited", ovs.ProbeFiltered},
		"a collector of its own": {"iptables", "10.0.0.1:4739", "REJECT", ovs.ProbeFiltered},
		"it drops":               {"iptables", "10.0.0.2:4739", "DROP", ovs.ProbeFailed},
	} {
		t.Run(name, func(t *testing.T) {
			n := newMachines(t)
			n.node.run(t, c.program+" -w -A OUTPUT -p udp --dport 4739 -j "+c.jump)
			var met *ovs.ProbeError
			var ok bool
			for range 10 { // the kernel limits answers for the whole machine, on which other tests may use them up
				met, ok = errors.AsType[*ovs.ProbeError](n.probe(t, c.target, 20*time.Second))
				if !ok || met.Cause == c.cause || met.Cause != ovs.ProbeFailed {
					break
				}
			}
			if !ok || met.Cause != c.cause || met.Via.IsValid() || met.Err == nil {
				t.Errorf("the probe met %+v", met)
			}
			if c.cause == ovs.ProbeFailed && (!ok || !errors.Is(met.Err, unix.EPERM)) {
				t.Errorf("the error is %v", met)
			}
		})
	}
	t.Run("nothing listens on the node itself", func(t *testing.T) {
		n := newMachines(t)
		met, ok := errors.AsType[*ovs.ProbeError](n.probe(t, "10.0.0.1:9", 20*time.Second))
		if !ok || met.Cause != ovs.ProbeRefused {
			t.Errorf("the probe met %+v", met)
		}
	})
}

// The same kind: limits of the agent say nothing about the way to the collector, nor about ovs-vswitchd.
func TestAProbeThatGetsNoSocketIsNoMissingRoute(t *testing.T) {
	if err := new(node.Prober).Probe(t.Context(), netip.MustParseAddrPort("127.0.0.1:4739"), time.Millisecond); err != nil { // opens what the runtime needs
		t.Log(err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	few := limit
	few.Cur = 0
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	err := new(node.Prober).Probe(t.Context(), netip.MustParseAddrPort("127.0.0.1:4739"), time.Second)
	if restored := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); restored != nil {
		t.Fatal(restored)
	}
	met, ok := errors.AsType[*ovs.ProbeError](err)
	if !ok || met.Cause != ovs.ProbeFailed || !errors.Is(met.Err, unix.EMFILE) {
		t.Errorf("the probe met %+v", met)
	}
}
