package collector

import (
	"encoding/hex"
	"testing"
)

// FuzzDecode holds Decode to its bounds for datagrams that come after Open vSwitch's
// templates: it returns, and what it returns is no more than the bytes can carry.
func FuzzDecode(f *testing.F) {
	for _, file := range []string{"netflow", "sflow", "ipfix"} {
		for _, datagram := range caught(f, file) {
			f.Add(datagram, []byte{})
		}
	}
	for _, test := range hostile() {
		datagram, err := hex.DecodeString(test.datagram)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(datagram, datagram)
	}
	templates := caught(f, "ipfix")[:20]
	f.Fuzz(func(t *testing.T, first, second []byte) {
		decoder := NewDecoder()
		for _, datagram := range templates {
			if _, err := decoder.Decode(exporter(), datagram); err != nil {
				t.Fatal(err)
			}
		}
		// A datagram may lay a trap for the next with a template.
		for _, datagram := range [][]byte{first, second, first} {
			m, err := decoder.Decode(exporter(), datagram)
			things := len(m.Records) + m.Templates + m.Statistics + m.Undecoded + m.CounterSamples
			if things > len(datagram) || m.Length != len(datagram) {
				t.Errorf("%d bytes hold %d things: %+v, %v", len(datagram), things, m, err)
			}
			for _, r := range m.Records {
				if len(r.InterfaceName) > len(datagram) {
					t.Errorf("%d bytes hold the name %q", len(datagram), r.InterfaceName)
				}
			}
		}
	})
}
