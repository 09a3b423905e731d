package agent

import (
	"net/netip"

	"sluice/applier/ovs"
)

// look takes in a reading of ovs-vswitchd's sockets, for the targets that its rows have.
//
// ovs-vswitchd closes the sockets of an exporter and opens them again at each change of its
// configuration, also of other rows (netflow.c and ofproto-dpif-ipfix.c of Open vSwitch), so that a
// reading may fall in between. A socket is missing only if two readings in a row lack it: after one, what
// was seen last counts, and a socket that was never seen is unconfirmed.
func (d *delivery) look(sockets ovs.Sockets, err error, targets []string) {
	before, lacked := d.sockets, d.lacked
	d.sockets, d.socketsErr, d.lacked = sockets, err, map[netip.AddrPort]int{}
	if sockets == nil {
		return
	}
	for _, t := range targets {
		remote, err := netip.ParseAddrPort(t)
		if err != nil || d.lacked[remote] > 0 {
			continue
		}
		if _, open := sockets[remote]; open {
			continue
		}
		d.lacked[remote] = min(lacked[remote]+1, readingsToConfirm)
		if seen, open := before[remote]; open && d.unconfirmed(remote) {
			sockets[remote] = seen
		}
	}
}

// readingsToConfirm is how many readings in a row must lack a socket.
const readingsToConfirm = 2

// unconfirmed reports whether the last reading was the first one that lacked a socket to a target.
func (d *delivery) unconfirmed(target netip.AddrPort) bool {
	n := d.lacked[target]
	return n > 0 && n < readingsToConfirm
}
