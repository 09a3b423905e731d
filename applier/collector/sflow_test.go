package collector

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestExpandedSample reads what Open vSwitch doesn't send: an agent with an IPv6 address, an
// expanded sample, and records of the packet's layers in place of its header.
func TestExpandedSample(t *testing.T) {
	const (
		head     = "00000005 00000002 fd000000000000000000000000000009 00000007 00000008 00000000 00000001"
		ethernet = "00000002 00000014 000000c8 505400000001 505400000002 00000800"
		ip       = "00000003 00000020 000000ba 00000011 0a010101 0a020202 000001bb 00001f90 00000000 00000000"
		other    = "000003e9 00000010 00000064 00000000 00000064 00000000"
		sample   = "00000001 00000000 00000005 00000040 00000000 00000000 00000000 00000003 00000000 00000004 00000003"
	)
	datagram, err := hex.DecodeString(strings.ReplaceAll(head+"00000003 00000088"+sample+ethernet+ip+other, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewDecoder().Decode(exporter(), datagram)
	if err != nil {
		t.Fatal(err)
	}
	want := []Record{{
		Source: netip.MustParseAddrPort("10.1.1.1:443"), Destination: netip.MustParseAddrPort("10.2.2.2:8080"),
		SourceMAC: MAC{0x50, 0x54, 0, 0, 0, 1}, DestinationMAC: MAC{0x50, 0x54, 0, 0, 0, 2},
		EtherType: 0x0800, Protocol: 17, Packets: 1, Bytes: 186, Sampling: 64, InputInterface: 3, OutputInterface: 4,
	}}
	if diff := cmp.Diff(want, got.Records, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Errorf("records differ (-want +got):\n%s", diff)
	}
	if got.Agent != netip.MustParseAddr("fd00::9") || got.ObservationDomain != 7 || got.Sequence != 8 || got.FlowSamples != 1 {
		t.Errorf("got %+v", got)
	}
}
