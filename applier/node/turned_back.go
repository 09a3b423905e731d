package node

import (
	"net/netip"
	"os"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// turnedBack counts the answers that something which this node sent did not arrive (ICMP destination unreachable), of
// IPv4 or of IPv6. It is 0 if they can't be read.
func turnedBack(target netip.Addr) float64 {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return 0
	}
	thread, err := fs.Thread(os.Getpid(), unix.Gettid())
	if err != nil {
		return 0
	}
	if target.Is4() {
		counters, err := thread.Snmp()
		if err != nil || counters.InDestUnreachs == nil {
			return 0
		}
		return *counters.InDestUnreachs
	}
	counters, err := thread.Snmp6()
	if err != nil || counters.InDestUnreachs == nil {
		return 0
	}
	return *counters.InDestUnreachs
}
