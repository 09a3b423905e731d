package agent

import (
	"net/netip"
	"slices"

	"sluice/applier/ovs"
)

// doubts are collectors to which ovs-vswitchd may have no socket, although one is seen: if its sockets can't be told
// from those of its neighbors, the one that is seen may be a neighbor's. What ovs-vswitchd opens again has another
// local end afterwards, which tells them apart.
type doubts struct {
	// locals are the ends of the sockets that were seen last, by collector.
	locals map[netip.AddrPort][]netip.AddrPort
	// in are the collectors in doubt.
	in map[netip.AddrPort]bool
	// reopened says that ovs-vswitchd was made to open its sockets since the last reading.
	reopened bool
}

// look takes in a reading. absent reports whether earlier readings found no socket to a collector at all.
func (o *doubts) look(sockets ovs.Sockets, probes map[netip.AddrPort]probed, absent func(netip.AddrPort) bool) {
	if sockets == nil {
		return
	}
	before, doubted := o.locals, o.in
	o.locals, o.in = map[netip.AddrPort][]netip.AddrPort{}, map[netip.AddrPort]bool{}
	for remote, seen := range sockets {
		if seen.Own {
			continue
		}
		last, known := before[remote]
		appeared, gone := without(seen.Locals, last), without(last, seen.Locals)
		o.locals[remote] = seen.Locals
		switch {
		case o.reopened && appeared:
		case doubted[remote],
			probes[remote].cause == ovs.ProbeNoRoute, // what was to be opened then could not be
			known && gone && !appeared,               // the rest may be a neighbor's
			!known && absent(remote):                 // nothing made ovs-vswitchd try again
			o.in[remote] = true
		}
	}
	o.reopened = false
}

// without reports whether one of the ends is not among others.
func without(ends, others []netip.AddrPort) bool {
	return slices.ContainsFunc(ends, func(e netip.AddrPort) bool { return !slices.Contains(others, e) })
}
