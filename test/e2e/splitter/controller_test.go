package splitter

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"sluice/applier/splitter"
	"sluice/test/harness/node"
)

// OVN's controller makes Open vSwitch send packets, such as its answer to what OVN rejects. They enter the bridge by no
// interface, and any pod can cause them: that is no loss. The pod that gets one has a record of it.
func TestPacketsOfTheControllerAreNoLoss(t *testing.T) {
	for _, release := range []node.Release{node.Debian12, node.Debian13} {
		t.Run("Debian "+string(release), func(t *testing.T) {
			w := newWorld(t, release, "team-a_one", "team-a_two")
			a := readers(t, w.network, 101)
			w.SetBridge(123, 1)
			w.SetExports([]splitter.Export{exportOf("team-a", a)})
			w.export(t, "sampling=1")
			if err := w.node.SendBetween(t.Context(), 1, 2, 4); err != nil {
				t.Fatal(err)
			}
			got(t, "team-a", a, w.flows(1, 2, 4))
			before, delivered := w.Counts()
			const packets = 3
			for range packets {
				packet := hex.EncodeToString(w.reset())
				if out, err := w.node.Ofctl(t.Context(), "packet-out", node.Bridge, "in_port=controller packet="+packet+" actions=resubmit(,0)"); err != nil {
					t.Fatal(out, err)
				}
			}
			eventually(t, func() string {
				after, exports := w.Counts()
				if exports[0].Records < delivered[0].Records+packets { // as they leave; that they entered was reported before
					return fmt.Sprintf("%+v %+v", after, exports)
				}
				if after.Unknown != before.Unknown || after.OfNoPod < before.OfNoPod+packets {
					t.Errorf("before %+v, after %+v", before, after)
				}
				return ""
			})
		})
	}
}

// reset is a TCP reset to the second pod from the first one's address, as ovn-controller makes it.
func (w *world) reset() []byte {
	from, to := w.node.PodAddress(1, false), w.node.PodAddress(2, false)
	mac := func(a string) []byte {
		b := netip.MustParseAddr(a).As4()
		return net.HardwareAddr{0x0a, 0x58, b[0], b[1], b[2], b[3]}
	}
	ip := func(a string) []byte { return netip.MustParseAddr(a).AsSlice() }
	return slices.Concat(
		mac(to), mac(from), []byte{8, 0},
		[]byte{0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0}, ip(from), ip(to),
		[]byte{0, 80, 0x1f, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x14, 0, 0, 0, 0, 0, 0},
	)
}
