package collector

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReadEthernet(t *testing.T) {
	const (
		macs = "505400000002 505400000001"
		ip4  = "0a010101 0a020202"
		ip6  = "fd000000000000000000000000000001 fd000000000000000000000000000002"
	)
	base := Record{SourceMAC: MAC{0x50, 0x54, 0, 0, 0, 1}, DestinationMAC: MAC{0x50, 0x54, 0, 0, 0, 2}}
	with := func(etherType, vlan uint16, protocol uint8, source, destination string) Record {
		r := base
		r.EtherType, r.VLAN, r.Protocol = etherType, vlan, protocol
		if source != "" {
			r.Source, r.Destination = netip.MustParseAddrPort(source), netip.MustParseAddrPort(destination)
		}
		return r
	}
	tests := map[string]struct {
		frame string
		want  Record
	}{
		"two tags":            {macs + "88a8 0064 8100 00c8 0800 45000028 00000000 40060000" + ip4 + "01bb 1f90", with(0x0800, 100, 6, "10.1.1.1:443", "10.2.2.2:8080")},
		"options before TCP":  {macs + "0800 46000028 00000000 40060000" + ip4 + "01010101 01bb 1f90", with(0x0800, 0, 6, "10.1.1.1:443", "10.2.2.2:8080")},
		"a later fragment":    {macs + "0800 45000028 00000010 40110000" + ip4 + "01bb 1f90", with(0x0800, 0, 17, "10.1.1.1:0", "10.2.2.2:0")},
		"cut before the port": {macs + "0800 45000028 00000000 40060000" + ip4 + "01bb", with(0x0800, 0, 6, "10.1.1.1:0", "10.2.2.2:0")},
		"cut IPv4":            {macs + "0800 45000028 00000000 40060000 0a01", with(0x0800, 0, 0, "", "")},
		"IPv4 that is none":   {macs + "0800 15000028 00000000 40060000" + ip4, with(0x0800, 0, 0, "", "")},
		"hop-by-hop options":  {macs + "86dd 60000000 0018 00 40" + ip6 + "1100 000000000000 01bb 1f90", with(0x86dd, 0, 17, "[fd00::1]:443", "[fd00::2]:8080")},
		"a first fragment":    {macs + "86dd 60000000 0018 2c 40" + ip6 + "1100 0001 00000007 01bb 1f90", with(0x86dd, 0, 17, "[fd00::1]:443", "[fd00::2]:8080")},
		"a later fragment, 6": {macs + "86dd 60000000 0018 2c 40" + ip6 + "1100 0009 00000007 01bb 1f90", with(0x86dd, 0, 17, "[fd00::1]:0", "[fd00::2]:0")},
		"LLDP":                {macs + "88cc 0207", with(0x88cc, 0, 0, "", "")},
		"endless tags":        {macs + strings.Repeat("8100 0001", 8), with(0x8100, 1, 0, "", "")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			frame, err := hex.DecodeString(strings.ReplaceAll(test.frame, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			var got Record
			if !got.readEthernet(frame) {
				t.Fatal("the header isn't whole")
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
				t.Errorf("record differs (-want +got):\n%s", diff)
			}
			for length := range frame {
				var cut Record
				if whole := cut.readEthernet(frame[:length]); whole && length < 14 {
					t.Errorf("%d bytes are a whole header", length)
				}
			}
		})
	}
}
