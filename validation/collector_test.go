package validation_test

import (
	"strings"
	"testing"

	"sluice/validation"
)

// A reading is "accept", "CANONICAL rules" for what is put right, or "reject rules
// SUGGESTION".
type readingCase struct{ text, want string }

func checkReadings(t *testing.T, format validation.Format, options validation.Options, cases []readingCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			v := validation.Review(validation.Input{Object: network(t, list(format, c.text)), Options: options})
			if got := readingOf(v); got != c.want {
				t.Errorf("%q reads as %q, want %q", c.text, got, c.want)
			}
		})
	}
}

func readingOf(v validation.Verdict) string {
	var rules []string
	suggestion := ""
	for _, f := range v.Errors {
		rules, suggestion = append(rules, string(f.Rule)), f.Suggestion
	}
	if len(rules) > 0 {
		return strings.TrimSpace("reject " + strings.Join(rules, ",") + " " + suggestion)
	}
	for _, f := range v.Warnings {
		if f.Rewritten {
			rules = append(rules, string(f.Rule))
		}
	}
	if len(v.Edits) == 0 {
		return strings.TrimSpace("accept " + strings.Join(rules, ","))
	}
	return strings.Join(validation.Texts(v.Edits[0].List), ",") + " " + strings.Join(rules, ",")
}

func TestCanonicalCollectorsPass(t *testing.T) {
	checkReadings(t, validation.NetFlow, validation.Options{}, []readingCase{
		{"192.168.1.99:2056", "accept"},
		{"1.0.0.0:1", "accept"},
		{"223.255.255.255:65535", "accept"},
		{"10.0.0.10:100", "accept"},
		{"100.200.100.200:9995", "accept"},
	})
}

func TestCollectorsThatArePutRight(t *testing.T) {
	checkReadings(t, validation.NetFlow, validation.Options{}, []readingCase{
		{" 192.0.2.1:2055", "192.0.2.1:2055 white-space"},
		{"192.0.2.1:2055\n", "192.0.2.1:2055 white-space"},
		{"\t192.0.2.1:2055 ", "192.0.2.1:2055 white-space"},
		{"192.0.2.1:2055\u00a0", "192.0.2.1:2055 white-space"},
		{"192.0.2.1:02055", "192.0.2.1:2055 port-leading-zeros"},
		{"192.0.2.1:0000002055", "192.0.2.1:2055 port-leading-zeros"},
		{"[192.0.2.1]:2055", "192.0.2.1:2055 brackets"},
		{"[::ffff:192.0.2.1]:2055", "192.0.2.1:2055 ipv4-mapped"},
		{"[::FFFF:c000:201]:2055", "192.0.2.1:2055 ipv4-mapped"},
		{"udp://192.0.2.1:2055", "192.0.2.1:2055 udp-scheme"},
		{"UDP://[192.0.2.1]:02055 ", "192.0.2.1:2055 white-space"},
		{"192.0.2.1:2055,192.0.2.2:2055", "192.0.2.1:2055,192.0.2.2:2055 joined-collectors"},
		{"192.0.2.1:2055,", "192.0.2.1:2055 joined-collectors"},
		{",,192.0.2.1:2055 , ,192.0.2.2:2055", "192.0.2.1:2055,192.0.2.2:2055 joined-collectors"},
		{"192.0.2.1:2055,192.0.2.1:2055", "192.0.2.1:2055 joined-collectors,duplicate"},
	})
}

func TestAPortIsMissing(t *testing.T) {
	for format, port := range map[validation.Format]string{validation.NetFlow: "2055", validation.SFlow: "6343", validation.IPFIX: "4739"} {
		checkReadings(t, format, validation.Options{}, []readingCase{
			{"192.0.2.1", "reject missing-port 192.0.2.1:" + port},
			{"192.0.2.1:", "reject missing-port 192.0.2.1:" + port},
			{"[192.0.2.1]", "reject missing-port 192.0.2.1:" + port},
			{" udp://192.0.2.1 ", "reject missing-port 192.0.2.1:" + port},
			{"010.0.0.1", "reject leading-zero,missing-port 10.0.0.1:" + port},
		})
	}
}

func TestAPortIsWrong(t *testing.T) {
	checkReadings(t, validation.NetFlow, validation.Options{}, []readingCase{
		{"192.0.2.1:0", "reject invalid-port"},
		{"192.0.2.1:000", "reject invalid-port"},
		{"192.0.2.1:65536", "reject invalid-port"},
		{"192.0.2.1:99999999999999999999999", "reject invalid-port"},
		{"192.0.2.1:+2056", "reject invalid-port 192.0.2.1:2056"},
		{"192.0.2.1:-1", "reject invalid-port"},
		{"192.0.2.1:netflow", "reject invalid-port"},
		{"192.0.2.1:0x808", "reject invalid-port 192.0.2.1:2056"},
		{"192.0.2.1:0xzz", "reject invalid-port"},
		{"192.0.2.1:2056/udp", "reject invalid-port 192.0.2.1:2056"},
		{"192.0.2.1:2056:udp", "reject invalid-port 192.0.2.1:2056"},
		{"192.0.2.1:20.56", "reject invalid-port"},
		{"192.0.2.1:]", "reject invalid-port"},
		{"192.0.2.1:2_055", "reject invalid-port"},
		{"192.0.2.1:2e3", "reject invalid-port"},
	})
}

func TestAnOctetHasALeadingZero(t *testing.T) {
	checkReadings(t, validation.NetFlow, validation.Options{}, []readingCase{
		{"10.0.0.01:2055", "reject leading-zero 10.0.0.1:2055"},
		{"010.000.00.001:2055", "reject leading-zero 10.0.0.1:2055"},
		{"[10.0.0.01]:2055", "reject leading-zero 10.0.0.1:2055"},
		{"10.0.0.09:02055", "reject leading-zero 10.0.0.9:2055"},
		{"00.00.00.00:1", "reject leading-zero,unusable-address"},
		{"10.0.0.0256:2055", "reject not-an-address"},
	})
}

func TestTextIsNoIPv4Address(t *testing.T) {
	checkReadings(t, validation.NetFlow, validation.Options{}, []readingCase{
		{"", "reject empty-collector"},
		{"   ", "reject empty-collector"},
		{",", "reject empty-collector"},
		{", ,", "reject empty-collector"},
		{":2055", "reject missing-address"},
		{"[]:2055", "reject missing-address"},
		{":", "reject missing-address,missing-port"},
		{"udp://", "reject missing-address,missing-port"},
		{"10.0.0.256:2055", "reject not-an-address"},
		{"10.0.0:2055", "reject not-an-address"},
		{"10.0.0.1.2:2055", "reject not-an-address"},
		{"10..0.1:2055", "reject not-an-address"},
		{"167772161:2055", "reject not-an-address"},
		{"0x0a000001:2055", "reject not-an-address"},
		{"0x0A.0.0.1:2055", "reject not-an-address"},
		{"10.0.0.-1:2055", "reject not-an-address"},
		{"[10.0.0.1:2055", "reject not-an-address 10.0.0.1:2055"},
		{"[10.0.0.1]2055", "reject not-an-address"},
		{"10.0.0.1]:2055", "reject not-an-address"},
		{"collector.example.com:2055", "reject hostname"},
		{"localhost:2055", "reject hostname"},
		{"my_collector", "reject hostname,missing-port"},
		{"10.0.0.l:2055", "reject hostname"},
		{"http:10.0.0.1:80", "reject not-an-address"},
		{"10.0.0.0/24:2055", "reject cidr"},
		{"10.0.0.1/24:2055", "reject cidr 10.0.0.1:2055"},
		{"10.0.0.1/32", "reject cidr,missing-port 10.0.0.1:2055"},
		{"/var/run/flows:1", "reject cidr"},
		{"http://10.0.0.1:80/flows", "reject url 10.0.0.1:80"},
		{"tcp://10.0.0.1:2055", "reject url 10.0.0.1:2055"},
		{"tcp://collector:2055", "reject url"},
		{"udp://udp://10.0.0.1:2055", "reject url 10.0.0.1:2055"},
		{"udp://10.0.0.1:2055/", "reject invalid-port 10.0.0.1:2055"},
	})
}

func TestTextWithCharactersOfNoAddress(t *testing.T) {
	checkReadings(t, validation.NetFlow, validation.Options{}, []readingCase{
		{"$(reboot):2055", "reject shell-text"},
		{"10.0.0.1:2055;reboot", "reject shell-text"},
		{"{{.X}}:2055", "reject placeholder"},
		{"${X}:2055", "reject placeholder"},
		{"10.0.0.1:2055,${X}", "reject placeholder"},
		{"ENC[AES256_GCM,data:x,type:str]", "reject placeholder"},
		{`"10.0.0.1:2055"`, "reject shell-text 10.0.0.1:2055"},
		{"'10.0.0.1'", "reject shell-text 10.0.0.1:2055"},
		{"10.0.0.1 2055", "reject shell-text 10.0.0.1:2055"},
		{"10.0.0.1 10.0.0.2", "reject shell-text"},
		{"10.0.0.1: 2055", "reject shell-text 10.0.0.1:2055"},
		{"10.0.0.1:2055 --foo 1", "reject shell-text"},
		{"10.0.0.1:2055\n10.0.0.2:2055", "reject control-character"},
		{"10.0.0.1\x00:2055", "reject control-character"},
		{"10.0.0.1\x7f:2055", "reject control-character"},
		{"10.0.0.\u0661:2055", "reject non-ascii"},
		{"\uff11\uff10.0.0.1:2055", "reject non-ascii 10.0.0.1:2055"},
		{"10.0.0.1\uff1a2055", "reject non-ascii 10.0.0.1:2055"},
		{"10\u30020\u30020\u30021:2055", "reject non-ascii 10.0.0.1:2055"},
		{"10.0.0.1\u200b:2055", "reject non-ascii 10.0.0.1:2055"},
		{"\ufeff10.0.0.1:2055", "reject non-ascii 10.0.0.1:2055"},
		{"10.0.0.1:2055\u2026", "reject non-ascii"},
	})
}

func TestAddressesThatAreNeverADestination(t *testing.T) {
	checkReadings(t, validation.NetFlow, validation.Options{IPv6: true}, []readingCase{
		{"0.0.0.0:2055", "reject unusable-address"},
		{"0.1.2.3:2055", "reject unusable-address"},
		{"255.255.255.255:2055", "reject unusable-address"},
		{"240.0.0.1:2055", "reject unusable-address"},
		{"254.1.1.1", "reject missing-port,unusable-address"},
		{"[::]:2055", "reject unusable-address"},
		{"[::ffff:0.0.0.0]:2055", "reject unusable-address"},
		{"[::ffff:255.255.255.255]:2055", "reject unusable-address"},
	})
}

func TestIPv6IsRefusedByDefault(t *testing.T) {
	checkReadings(t, validation.IPFIX, validation.Options{}, []readingCase{
		{"[2001:db8::1]:4739", "reject ipv6"},
		{"[2001:db8::1]", "reject ipv6,missing-port"},
		{"2001:db8::1:4739", "reject ipv6"},
		{"2001:db8::1", "reject ipv6"},
		{"::1", "reject ipv6"},
		{"[fe80::1%eth0]:4739", "reject ipv6"},
		{"fe80::1%eth0", "reject ipv6"},
		{"[::]:4739", "reject ipv6"},
		{"[2001:db8::1", "reject not-an-address"},
		{"[::ffff:192.0.2.1%eth0]:4739", "reject ipv6-zone"},
		{"::ffff:192.0.2.1:4740", "reject ipv6-brackets 192.0.2.1:4740"},
		{"::ffff:192.0.2.1", "reject ipv6-brackets 192.0.2.1:4739"},
		{"2001:db8::/64:4739", "reject cidr"},
		{"2001:db8::xyz:4739", "reject not-an-address"},
		{"[2001:db8::/64]:4739", "reject cidr"},
		{"[::ffff:192.0.2.1/128]:4739", "reject cidr"},
	})
}

func TestIPv6WhereTheClusterStoresIt(t *testing.T) {
	checkReadings(t, validation.IPFIX, validation.Options{IPv6: true}, []readingCase{
		{"[2001:db8::1]:4739", "accept"},
		{"[2001:DB8:0::1]:4739", "[2001:db8::1]:4739 ipv6-form"},
		{"udp://[2001:db8::1]:04739", "[2001:db8::1]:4739 udp-scheme"},
		{"[::ffff:192.0.2.1]:4739", "192.0.2.1:4739 ipv4-mapped"},
		{"[2001:db8::1]", "reject missing-port [2001:db8::1]:4739"},
		{"2001:db8::1:4740", "reject ipv6-brackets [2001:db8::1]:4740"},
		{"2001:db8::1", "reject ipv6-brackets [2001:db8::1]:4739"},
		{"2001:db8::1:x", "reject ipv6-brackets"},
		{"1:2:3:4:5:6:7:8", "reject ipv6-brackets [1:2:3:4:5:6:7:8]:4739"},
		{"[fe80::1%eth0]:4739", "reject ipv6-zone"},
		{"[2001:db8::1/64]:4739", "reject cidr [2001:db8::1]:4739"},
		{"[2001:db8::/64]:4739", "reject cidr"},
		{"[::ffff:192.0.2.1/128]:4739", "reject cidr 192.0.2.1:4739"},
		{"[2001:db8::g]:4739", "reject not-an-address"},
	})
}
