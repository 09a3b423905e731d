package splitter

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEveryRecordGoesToItsOwnersOnly compares what the collectors got with a simple model, for random
// flows of random pods with the same addresses, while pods come and go.
func TestEveryRecordGoesToItsOwnersOnly(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			s := newTest(t)
			for _, datagram := range templatesOf(t, bridgeDomain) {
				s.Handle(vswitchd(), datagram)
			}
			var exports []Export
			for i := range 4 { // tenants 4 and 5 have no FlowExport
				exports = append(exports, Export{Key{fmt.Sprint("team-", i), "x"}, 7, []netip.AddrPort{collectorAddress(2 * i), collectorAddress(2*i + 1)}})
			}
			exports = append(exports, Export{Key{"team-0", "y"}, 7, []netip.AddrPort{collectorAddress(100)}})
			s.SetExports(exports)
			want := map[string][]uint64{} // by namespace, the numbers of packets, which name the records
			next, number := uint32(1), uint64(0)
			ports := map[string]Port{}
			for range 12 {
				for range 1 + random.IntN(3) { // a pod comes, in place of one with its name
					name := fmt.Sprint("port", random.IntN(10))
					ports[name] = Port{Row: fmt.Sprint("row", next), Name: name, Index: next}
					if tenant := random.IntN(7); tenant < 6 {
						ports[name] = Port{Row: fmt.Sprint("row", next), Name: name, Index: next, Owner: Pod{fmt.Sprint("team-", tenant), fmt.Sprint("pod", next)}}
					}
					next++
				}
				present := slices.Collect(func(yield func(Port) bool) {
					for _, p := range ports {
						if !yield(p) {
							return
						}
					}
				})
				s.SetPorts(present)
				var flows []flow
				for range 1 + random.IntN(40) {
					number++
					from, to := present[random.IntN(len(present))], present[random.IntN(len(present))]
					f := flow{in: named(from.Name, from.Index), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), sourcePort: 1, number: number}
					at := from
					if random.IntN(2) == 1 {
						f.out, at = named(to.Name, to.Index), to
					}
					if f.out.name == nil || from.Owner.Namespace != to.Owner.Namespace {
						want[at.Owner.Namespace] = append(want[at.Owner.Namespace], number)
					}
					flows = append(flows, f)
				}
				for batch := range slices.Chunk(flows, 1+random.IntN(3)) {
					s.Handle(vswitchd(), message(bridgeDomain, s.Now(), batch...))
				}
				if random.IntN(3) == 0 {
					s.Flush()
				}
				s.pass(time.Duration(random.IntN(20)) * time.Second)
			}
			s.finish(t)
			for _, e := range exports {
				for _, c := range e.Collectors {
					var got []uint64
					for _, r := range decoded(t, s.network.at(c)) {
						got = append(got, r.Packets)
					}
					if diff := cmp.Diff(want[e.Namespace], got); diff != "" {
						t.Errorf("%s at %s (-want +got):\n%s", e.Key, c, diff)
					}
				}
			}
			if counts, _ := s.Counts(); counts.Records != number || counts.Unknown+counts.Ambiguous+counts.Malformed+counts.NoTemplate > 0 {
				t.Errorf("%d records: %+v", number, counts)
			}
		})
	}
}
