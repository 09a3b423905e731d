package collector

import (
	stdcmp "cmp"
	"encoding/base64"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/validation"
)

// exporter is the socket that the tests' datagrams come from.
func exporter() netip.AddrPort { return netip.MustParseAddrPort("192.0.2.1:40000") }

// caught reads datagrams from testdata.
func caught(t testing.TB, name string) [][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".base64")
	if err != nil {
		t.Fatal(err)
	}
	var datagrams [][]byte
	for line := range strings.Lines(string(text)) {
		datagram, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		datagrams = append(datagrams, datagram)
	}
	return datagrams
}

// decodeAll decodes datagrams that must be in order.
func decodeAll(t *testing.T, datagrams [][]byte) []Message {
	t.Helper()
	decoder := NewDecoder()
	var messages []Message
	for i, datagram := range datagrams {
		m, err := decoder.Decode(exporter(), datagram)
		if err != nil {
			t.Fatalf("datagram %d: %v", i, err)
		}
		if m.Exporter != exporter().Addr() || m.Length != len(datagram) || m.Undecoded != 0 {
			t.Errorf("datagram %d of %d bytes: got exporter %s, length %d, undecoded %d", i, len(datagram), m.Exporter, m.Length, m.Undecoded)
		}
		messages = append(messages, m)
	}
	return messages
}

// frames is what the bridge got: some equal frames of one length.
type frames struct {
	number, length      uint64
	source, destination string
	etherType, vlan     uint16
	protocol            uint8
	icmpType            uint8
	headers             uint64 // what stands before the IP packet
}

func truth() []frames {
	return []frames{
		{4, 200, "10.1.1.1:40001", "10.2.2.2:443", 0x0800, 0, 6, 0, 14},
		{3, 120, "10.1.1.3:5353", "10.2.2.4:53", 0x0800, 0, 17, 0, 14},
		{2, 98, "10.1.1.5:0", "10.2.2.6:0", 0x0800, 0, 1, 8, 14},
		{2, 150, "[fd00::1]:40002", "[fd00::2]:8443", 0x86dd, 0, 6, 0, 14},
		{1, 140, "[fd00::3]:6000", "[fd00::4]:53", 0x86dd, 0, 17, 0, 14},
		{1, 118, "[fd00::5]:0", "[fd00::6]:0", 0x86dd, 0, 58, 128, 14},
		{2, 160, "10.3.0.1:1111", "10.3.0.2:2222", 0x0800, 100, 17, 0, 18},
		{1, 60, "", "", 0x0806, 0, 0, 0, 0},
	}
}

func (f frames) record() Record {
	r := Record{
		SourceMAC:      MAC{0x50, 0x54, 0, 0, 0, 1},
		DestinationMAC: MAC{0x50, 0x54, 0, 0, 0, 2},
		EtherType:      f.etherType,
		VLAN:           f.vlan,
		Protocol:       f.protocol,
		ICMPType:       f.icmpType,
		Packets:        f.number,
		Bytes:          f.number * f.length,
	}
	if f.source != "" {
		r.Source, r.Destination = netip.MustParseAddrPort(f.source), netip.MustParseAddrPort(f.destination)
	}
	return r
}

// summed adds up records that differ in packets and bytes only, in a stable order.
func summed(records []Record) []Record {
	sums := make(map[Record]Record)
	for _, r := range records {
		key := r
		key.Packets, key.Bytes = 0, 0
		r.Packets += sums[key].Packets
		r.Bytes += sums[key].Bytes
		sums[key] = r
	}
	list := make([]Record, 0, len(sums))
	for _, r := range sums {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Record) int {
		return stdcmp.Or(a.Source.Compare(b.Source), stdcmp.Compare(a.InterfaceName, b.InterfaceName))
	})
	return list
}

func TestOpenVSwitch(t *testing.T) {
	tests := map[string]struct {
		file   string
		format validation.Format
		want   func(frames) []Record
	}{
		"NetFlow reports IPv4": {"netflow", validation.NetFlow, func(f frames) []Record {
			if f.etherType != 0x0800 {
				return nil
			}
			r := f.record()
			r.SourceMAC, r.DestinationMAC, r.VLAN = MAC{}, MAC{}, 0
			r.InputInterface, r.OutputInterface = 1, 2
			return []Record{r}
		}},
		"sFlow samples every frame": {"sflow", validation.SFlow, func(f frames) []Record {
			r := f.record()
			r.Sampling = 1
			return []Record{r}
		}},
		"IPFIX reports every packet at both ports": {"ipfix", validation.IPFIX, func(f frames) []Record {
			in := f.record()
			in.Bytes -= f.number * f.headers
			in.InterfaceName = "p1"
			out := in
			out.InterfaceName, out.Egress = "p2", true
			return []Record{in, out}
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got, want []Record
			for _, m := range decodeAll(t, caught(t, test.file)) {
				if m.Format != test.format {
					t.Errorf("got format %s, want %s", m.Format, test.format)
				}
				got = append(got, m.Records...)
			}
			for _, f := range truth() {
				want = append(want, test.want(f)...)
			}
			if diff := cmp.Diff(summed(want), summed(got), cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
				t.Errorf("records differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenVSwitchMessages(t *testing.T) {
	type sums struct{ Datagrams, Templates, Statistics, FlowSamples, CounterSamples int }
	tests := map[string]sums{
		"netflow": {Datagrams: 1},
		"sflow":   {Datagrams: 5, FlowSamples: 16, CounterSamples: 2},
		"ipfix":   {Datagrams: 52, Templates: 89, Statistics: 1},
	}
	for file, want := range tests {
		t.Run(file, func(t *testing.T) {
			var got sums
			for _, m := range decodeAll(t, caught(t, file)) {
				got.Datagrams++
				got.Templates += m.Templates
				got.Statistics += m.Statistics
				got.FlowSamples += m.FlowSamples
				got.CounterSamples += m.CounterSamples
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("sums differ (-want +got):\n%s", diff)
			}
		})
	}
}
