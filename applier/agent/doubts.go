package agent

import (
	"net/netip"
	"slices"

	"sluice/applier/ovs"
)

// doubts are collectors to which ovs-vswitchd may have no socket, although one is seen: if its sockets can't be told
// from those of its neighbors, the one that is seen may be a neighbor's. What ovs-vswitchd opens again has another
// local end afterwards, which tells them apart. Of sFlow and IPFIX it opens none again as long as it has all of them
// (ofproto-dpif-sflow.c and ofproto-dpif-ipfix.c of Open vSwitch), so that the end stays the same.
type doubts struct {
	// locals are the ends of the sockets that were seen last, by collector.
	locals map[netip.AddrPort][]netip.AddrPort
	// in are the collectors in doubt, and tried how often ovs-vswitchd was made to open sockets to them without effect,
	// although there was a route.
	in    map[netip.AddrPort]bool
	tried map[netip.AddrPort]int
	// reopened says that ovs-vswitchd was made to open its sockets since the last reading.
	reopened bool
}

// attemptsInDoubt are so many that a collector is in doubt no more if they changed nothing: ovs-vswitchd has a socket.
const attemptsInDoubt = 2

// look takes in a reading. absent reports whether earlier readings found no socket to a collector at all, or too few.
func (o *doubts) look(sockets ovs.Sockets, probes map[netip.AddrPort]probed, absent func(netip.AddrPort) bool) {
	if sockets == nil {
		return
	}
	before, doubted, tried := o.locals, o.in, o.tried
	o.locals, o.in, o.tried = map[netip.AddrPort][]netip.AddrPort{}, map[netip.AddrPort]bool{}, map[netip.AddrPort]int{}
	for remote, seen := range sockets {
		if seen.Own {
			continue
		}
		last, known := before[remote]
		appeared, gone := without(seen.Locals, last), without(last, seen.Locals)
		o.locals[remote] = seen.Locals
		switch {
		case o.reopened && appeared:
		case probes[remote].cause == ovs.ProbeNoRoute: // what was to be opened then could not be
			o.in[remote] = true
		case doubted[remote] && o.reopened:
			o.tried[remote] = tried[remote] + 1
			o.in[remote] = o.tried[remote] < attemptsInDoubt
		case doubted[remote]:
			o.in[remote], o.tried[remote] = true, tried[remote]
		case known && gone && !appeared, // the rest may be a neighbor's
			(appeared || !known) && absent(remote): // nothing made ovs-vswitchd try again
			o.in[remote] = true
		}
	}
	o.reopened = false
}

// without reports whether one of the ends is not among others.
func without(ends, others []netip.AddrPort) bool {
	return slices.ContainsFunc(ends, func(e netip.AddrPort) bool { return !slices.Contains(others, e) })
}
