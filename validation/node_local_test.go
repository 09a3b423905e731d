package validation_test

import (
	"net/netip"
	"testing"

	"sluice/validation"
)

func TestWhyNodeLocal(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1": true, "127.255.255.255": true, "126.255.255.255": false, "128.0.0.0": false,
		"169.254.0.1": true, "169.254.169.254": true, "169.253.255.255": false, "169.255.0.0": false,
		"224.0.0.0": true, "239.255.255.255": true, "223.255.255.255": false,
		"::1": true, "::ffff:127.0.0.1": true, "::ffff:a9fe:a9fe": true, "::ffff:10.0.0.1": false, "::7f00:1": true, "::a00:1": true,
		"fe80::1": true, "febf:ffff::1": true, "fec0::1": false, "ff02::1": true, "ff0e::1": true, "fd00::1": false,
		"fd69::1": true, "fd69::ffff": true, "fd69::1:0": false,
		"64:ff9b::7f00:1": true, "64:ff9b::a9fe:a9fe": true, "64:ff9b::e000:1": true, "64:ff9b::f000:1": true, "64:ff9b::1": true, "64:ff9b::a00:1": false, "64:ff9b:1::7f00:1": false,
		"10.0.0.1": false, "2001:db8::1": false,
	} {
		if got := validation.WhyNodeLocal(netip.MustParseAddr(text)) != ""; got != want {
			t.Errorf("%s: node-local %t, want %t", text, got, want)
		}
	}
}
