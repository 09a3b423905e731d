package ovs_test

import (
	"net/netip"
	"testing"

	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: a target that Open vSwitch can use, as another program writes it, was reported as one that it can't.
func TestWhereATargetLeads(t *testing.T) {
	const netFlow, sFlow, ipfix = validation.NetFlow, validation.SFlow, validation.IPFIX
	for _, c := range []struct {
		format validation.Format
		target string
		want   string
	}{
		{ipfix, "192.0.2.1:2055", "192.0.2.1:2055"},
		{ipfix, "192.0.2.1:02055", "192.0.2.1:2055"},
		{ipfix, "192.0.2.1", "192.0.2.1:4739"},
		{ipfix, "192.0.2.1:", "192.0.2.1:4739"},
		{ipfix, "[192.0.2.1]", "192.0.2.1:4739"},
		{ipfix, "[192.0.2.1]:2055", "192.0.2.1:2055"},
		{sFlow, "192.0.2.1", "192.0.2.1:6343"},
		{sFlow, "192.0.2.1:4739", "192.0.2.1:4739"},
		{netFlow, "192.0.2.1:2055", "192.0.2.1:2055"},
		{netFlow, "192.0.2.1", ""},
		{netFlow, "192.0.2.1:", ""},
		{ipfix, "2001:db8::1", "[2001:db8::1]:4739"},
		{ipfix, "2001:db8::1:2055", "[2001:db8::1:2055]:4739"},
		{ipfix, "2001:db8::", "[2001:db8::]:4739"},
		{ipfix, "[2001:db8::1]", "[2001:db8::1]:4739"},
		{ipfix, "[2001:db8::1]:", "[2001:db8::1]:4739"},
		{ipfix, "[2001:DB8::1]:2055", "[2001:db8::1]:2055"},
		{ipfix, "[fe80::1%eth0]:2055", "[fe80::1]:2055"},
		{ipfix, "[::ffff:192.0.2.1]:2055", "192.0.2.1:2055"},
		{netFlow, "[2001:db8::1]", ""},
		{ipfix, "localhost:4739", ""},
		{ipfix, "localhost", ""},
		{ipfix, "192.0.2.01", ""},
		{ipfix, "192.0.2.1:65536", ""},
		{ipfix, "192.0.2.1:x", ""},
		{ipfix, "[2001:db8::1", ""},
		{ipfix, ":4739", ""},
		{ipfix, "", ""},
	} {
		var want netip.AddrPort
		if c.want != "" {
			want = netip.MustParseAddrPort(c.want)
		}
		if got, ok := ovs.Remote(c.format, c.target); ok != (c.want != "") || ok && got != want {
			t.Errorf("%s %q leads to %s (%t), not %q", c.format, c.target, got, ok, c.want)
		}
	}
}
