package splitter

import (
	"io"
	"net/netip"
	"testing"

	"sluice/applier/collector"
)

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

// BenchmarkRecords compares decoding alone with decoding, selecting and encoding, by records.
func BenchmarkRecords(b *testing.B) {
	s := newTest(b)
	f := flow{
		in: named("0a1b2c3d4e5f607", 11), out: named("1a1b2c3d4e5f607", 12), source: netip.MustParseAddr("10.1.1.1"),
		target: netip.MustParseAddr("10.1.1.2"), sourcePort: 40000, number: 1,
	}
	in := f
	in.out = point{}
	datagrams := [][]byte{message(bridgeDomain, s.Now(), in), message(bridgeDomain, s.Now(), f)}
	b.Run("decode", func(b *testing.B) {
		decoder := collector.NewDecoder()
		for _, datagram := range templatesOf(b, bridgeDomain) {
			if _, err := decoder.Decode(vswitchd(), datagram); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := decoder.Decode(vswitchd(), datagrams[i%2]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("split", func(b *testing.B) {
		s.config.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return discard{}, nil }
		s.SetPorts([]Port{{"1", "0a1b2c3d4e5f607", 11, Pod{"team-a", "one"}}, {"2", "1a1b2c3d4e5f607", 12, Pod{"team-b", "two"}}})
		s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{collectorAddress(1)}}, {Key{"team-b", "x"}, 7, []netip.AddrPort{collectorAddress(2)}}})
		for _, datagram := range templatesOf(b, bridgeDomain) {
			s.Handle(vswitchd(), datagram)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s.Handle(vswitchd(), datagrams[i%2])
		}
		b.StopTimer()
		s.finish(b)
	})
}
