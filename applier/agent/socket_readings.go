package agent

import (
	"net/netip"

	"sluice/applier/ovs"
)

// look takes in a reading of ovs-vswitchd's sockets, and how many it keeps to each collector if it can open them all.
//
// ovs-vswitchd closes the sockets of an exporter and opens them again at each change of its
// configuration, also of other rows (netflow.c and ofproto-dpif-ipfix.c of Open vSwitch), so that a
// reading may fall in between. A socket is missing only if two readings in a row lack it: after one, what
// was seen last counts, and a socket that was never seen is unconfirmed.
func (d *delivery) look(sockets ovs.Sockets, err error, kept map[netip.AddrPort]int) {
	before, lacked := d.sockets, d.lacked
	d.sockets, d.socketsErr, d.kept, d.lacked = sockets, err, kept, map[netip.AddrPort]int{}
	if sockets == nil {
		return
	}
	for remote := range kept {
		if d.seen(remote) >= d.keeps(remote) {
			continue
		}
		d.lacked[remote] = min(lacked[remote]+1, readingsToConfirm)
		if seen, open := before[remote]; open && d.unconfirmed(remote) {
			sockets[remote] = seen
		}
	}
}

// seen is how many sockets to a collector were seen.
func (d *delivery) seen(remote netip.AddrPort) int {
	if seen, open := d.sockets[remote]; open {
		return seen.Count()
	}
	return 0
}

// keeps is how many sockets ovs-vswitchd keeps to a collector if it can open them all. Two rows may have the same target,
// such as that of the bridge and that of the collector set for dropped packets: which of their sockets is which can't be
// seen.
func (d *delivery) keeps(remote netip.AddrPort) int { return max(1, d.kept[remote]) }

// readingsToConfirm is how many readings in a row must lack a socket.
const readingsToConfirm = 2

// unconfirmed reports whether the last reading was the first one that lacked a socket to a target.
func (d *delivery) unconfirmed(target netip.AddrPort) bool {
	n := d.lacked[target]
	return n > 0 && n < readingsToConfirm
}
