package agent

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
)

// advice is a question that leads to the cause of an error of socket(2), connect(2) or sendto(2) for UDP.
func advice(err error) string {
	errno, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return "see the routes and the packet filters of the node"
	}
	switch errno { //nolint:exhaustive // the rest has no advice of its own
	case syscall.EPERM:
		return "does a packet filter of the node, a network policy of the host, or a policy for the program's pod drop it?"
	case syscall.EACCES:
		return "does a route of the node prohibit it, does SELinux deny it, or does a firewall on the way reject it?"
	case syscall.ENETUNREACH:
		return "does the node have a route to the collector?"
	case syscall.EHOSTUNREACH, syscall.EHOSTDOWN, syscall.ENONET:
		return "does the node have a route to the collector, and does no firewall on the way reject datagrams?"
	case syscall.ENETDOWN, syscall.ENODEV, syscall.ENXIO, syscall.EIO:
		return "is the network interface that leads to the collector up?"
	case syscall.EINVAL:
		return "does a blackhole route lead to the collector, or does its address need an interface?"
	case syscall.EADDRNOTAVAIL:
		return "does the node have an address to send from?"
	case syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT:
		return "is this version of IP enabled on the node?"
	case syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN:
		return "is the node short of memory or of local ports, or is the queue of its network interface full?"
	case syscall.EMSGSIZE:
		return "is a datagram larger than the MTU on the way allows?"
	case syscall.EMFILE, syscall.ENFILE:
		return "has the program that reports it, or the node, too many open files?"
	case syscall.ESRCH, syscall.ENOENT, syscall.ENOKEY, syscall.EKEYEXPIRED:
		return "does IPsec on the node have no key for the way to the collector?"
	case syscall.ECONNREFUSED:
		return "is the collector running?"
	}
	return "see the routes and the packet filters of the node"
}

// notListening is the reason of a collector that refuses.
func notListening(target string) string {
	return fmt.Sprintf("Connection refused; is the collector running and listening on %s?", target)
}

// unsendable is the reason of a collector to which the node can't send, or only the agent, as far as is known.
func unsendable(err error) string {
	who := "the node"
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		who = "the agent"
	}
	return fmt.Sprintf("%s can't send to it: %s; %s", who, causeOf(err), advice(err))
}

// met is the state of a collector that a probe shows, and why; empty if it shows nothing wrong.
func (p probed) met(target string, now time.Time) (state v1alpha1.CollectorState, reason string) {
	switch {
	case p.refused(now):
		return v1alpha1.CollectorRefused, notListening(target)
	case p.cause == ovs.ProbeNoRoute:
		return v1alpha1.CollectorNotOpen, unsendable(p.err)
	case p.cause == ovs.ProbeNoNeighbor:
		return v1alpha1.CollectorNotOpen, "nothing leaves the node: in its own network, the collector, or the gateway to it, does not answer (ARP or neighbor discovery); is the machine on?"
	case p.cause == ovs.ProbeFiltered:
		return v1alpha1.CollectorNotOpen, "the node itself rejects datagrams to it; does a packet filter of the node reject them, or is it a Service without endpoints?"
	case p.turnedBack(now):
		return v1alpha1.CollectorRefused, p.turned.reason()
	}
	return "", ""
}

// reason says what a machine on the way answered, and what to check.
func (t turned) reason() string {
	who := "a machine on the way"
	switch {
	case t.via.IsValid():
		who = t.via.String()
	case t.cause == ovs.ProbeProhibited:
		who = "its machine, or one on the way,"
	}
	if t.cause == ovs.ProbeProhibited {
		return who + " answers that datagrams to it are prohibited; does a firewall reject them?"
	}
	return who + " answers that it can't reach it; is the collector's machine on, and is there a route to it?"
}

// failing reports whether a probe shows that ovs-vswitchd's datagrams to a collector fail, in a way that it notices.
func (p probed) failing() bool {
	return p.cause != "" && p.cause != ovs.ProbeNoNeighbor && p.cause != ovs.ProbeUnreachable
}
