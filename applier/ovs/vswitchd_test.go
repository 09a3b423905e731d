package ovs_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/applier/ovs"
)

func TestLinesOfTheLogAreRead(t *testing.T) {
	at := time.Date(2026, 11, 23, 11, 53, 30, 918_000_000, time.UTC)
	const refused, family = "Connection refused", "Address family not supported by protocol"
	for _, c := range []struct {
		line string
		want *ovs.LogEvent
	}{
		{"00053|collectors|WARN|127.0.0.1:41440<->127.0.0.1:4739: sending to collector failed (Connection refused)", &ovs.LogEvent{Kind: ovs.SendFailed, Target: "127.0.0.1:4739", Reason: refused, Errno: syscall.ECONNREFUSED, Refused: true}},
		{"00053|collectors(revalidator5)|WARN|[::1]:38429<->[::1]:4739: sending to collector failed (Connection refused)\n", &ovs.LogEvent{Kind: ovs.SendFailed, Target: "[::1]:4739", Reason: refused, Errno: syscall.ECONNREFUSED, Refused: true}},
		{"00001|collectors(handler12)|WARN|[fd00::2]:38429<->[FD00:0::1]:4739: sending to collector failed (Network is unreachable)", &ovs.LogEvent{Kind: ovs.SendFailed, Target: "[fd00::1]:4739", Reason: "Network is unreachable", Errno: syscall.ENETUNREACH, NoRoute: true}},
		{"00052|collectors|WARN|couldn't open connection to collector bad:99 (Address family not supported by protocol)", &ovs.LogEvent{Kind: ovs.OpenFailed, Target: "bad:99", Reason: family, Errno: syscall.EAFNOSUPPORT}},
		{"00051|collectors|WARN|couldn't open connection to collector [fe80::1%nosuch]:99 (Address family not supported by protocol)", &ovs.LogEvent{Kind: ovs.OpenFailed, Target: "[fe80::1%nosuch]:99", Reason: family, Errno: syscall.EAFNOSUPPORT}},
		{"00051|collectors|WARN|couldn't open connection to collector a (b) | c (Address family not supported by protocol)", &ovs.LogEvent{Kind: ovs.OpenFailed, Target: "a (b) | c", Reason: family, Errno: syscall.EAFNOSUPPORT}},
		{"00051|collectors|WARN|couldn't open connection to collector 192.0.2.1:02055", &ovs.LogEvent{Kind: ovs.OpenFailed, Target: "192.0.2.1:2055"}},
		{"00049|sflow|ERR|could not determine IP address for sFlow agent", &ovs.LogEvent{Kind: ovs.NoAgentAddress, Reason: "could not determine IP address for sFlow agent"}},
		{"00047|connmgr|INFO|br-int<->unix#7: sending NXST_NOT_CONFIGURED error reply to NXST_IPFIX_BRIDGE request message", nil},
		{"00050|socket_util|ERR|[fe80::1%nosuch]:99: bad IPv6 scope \"nosuch\" (No such device)", nil},
		{"00053|bridge|WARN|127.0.0.1:41440<->127.0.0.1:4739: sending to collector failed (Connection refused)", nil},
		{"00053|sflow|WARN|couldn't open connection to collector bad:99 (No)", nil},
		{"00053|collectors|WARN|Dropped 35 log messages in last 8 seconds (most recently, 1 seconds ago) due to excessive rate", &ovs.LogEvent{Kind: ovs.LinesDropped, Reason: "Dropped 35 log messages in last 8 seconds (most recently, 1 seconds ago) due to excessive rate"}},
		{"00053|netdev|WARN|Dropped 35 log messages in last 8 seconds (most recently, 1 seconds ago) due to excessive rate", nil},
		{"00053|collectors|WARN|nobody: sending to collector failed (Connection refused)", nil},
		{"00053|collectors|WARN|couldn't open connection to collector  (No)", nil},
		{"00053|collectors|WARN", nil},
		{"00053|collec", nil},
	} {
		t.Run(c.line, func(t *testing.T) {
			got, ok := ovs.ParseLogLine("2026-11-23T11:53:30.918Z|" + c.line)
			if ok != (c.want != nil) {
				t.Fatalf("got %+v, %t", got, ok)
			}
			if ok {
				c.want.Time = at
				if diff := cmp.Diff(*c.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestALineOfTheLogNeedsATime(t *testing.T) {
	for _, start := range []string{"", "2026-11-23 11:53:30|", "Nov 23 11:53:30|"} {
		if e, ok := ovs.ParseLogLine(start + "00049|sflow|ERR|could not determine IP address for sFlow agent"); ok {
			t.Errorf("%q begins an event: %+v", start, e)
		}
	}
}

const udpHeadings = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            \n"

func udp(remote, inode string) string {
	return "10315: 0100007F:E25D " + remote + " 01 00000000:00000000 00:00000000 00000000   800        0 " + inode + " 2 0000000064c47460 0       \n"
}

func TestSocketsAreRead(t *testing.T) {
	little, big := binary.ByteOrder(binary.LittleEndian), binary.ByteOrder(binary.BigEndian)
	for _, c := range []struct {
		name, remote string
		order        binary.ByteOrder
		want         string
	}{
		{"IPv4", "0100007F:1283", little, "127.0.0.1:4739"},
		{"IPv4", "630200C0:0807", little, "192.0.2.99:2055"},
		{"IPv4", "C0000263:0807", big, "192.0.2.99:2055"},
		{"IPv6", "00000000000000000000000001000000:1283", little, "[::1]:4739"},
		{"IPv6", "00000000000000000000000000000001:1283", big, "[::1]:4739"},
		{"IPv6", "B80D0120785634120000000001000000:18C7", little, "[2001:db8:1234:5678::1]:6343"},
		{"IPv6", "20010DB8123456780000000000000001:18C7", big, "[2001:db8:1234:5678::1]:6343"},
		{"IPv4 in IPv6", "0000000000000000FFFF0000630200C0:0807", little, "192.0.2.99:2055"},
		{"IPv4 in IPv6", "00000000000000000000FFFFC0000263:0807", big, "192.0.2.99:2055"},
		{"the highest port", "FFFFFFFF:FFFF", little, "255.255.255.255:65535"},
	} {
		t.Run(c.name+" "+c.order.String()+" "+c.remote, func(t *testing.T) {
			got, err := ovs.ParseSockets(udpHeadings+udp(c.remote, "6662726"), c.order)
			if err != nil {
				t.Fatal(err)
			}
			got[0].Local = netip.AddrPort{} // of this machine's order
			want := []ovs.Socket{{Remote: netip.MustParseAddrPort(c.want), UID: 800, Inode: 6662726}}
			if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyConnectedSocketsCount(t *testing.T) {
	text := udpHeadings + udp("00000000:0000", "1") + udp("0100007F:1283", "2") + "\n" + udp("0100007F:5047", "18446744073709551615")
	got, err := ovs.ParseSockets(text, binary.LittleEndian)
	if err != nil || len(got) != 2 || got[0].Inode != 2 || got[1].Inode != 18446744073709551615 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := ovs.ParseSockets(udpHeadings, binary.LittleEndian); err != nil || got != nil {
		t.Errorf("no sockets: got %v, %v", got, err)
	}
}

func TestSocketsThatMakeNoSenseAreErrors(t *testing.T) {
	line := udp("0100007F:1283", "2")
	for _, c := range []struct{ name, text, want string }{
		{"cut off", line[:40], "fields instead of at least 10"},
		{"cut off before the inode", line[:strings.Index(line, " 2 ")], "fields instead of at least 10"},
		{"no address", udp(":1283", "2"), "neither IPv4 nor IPv6"},
		{"half an address", udp("0100:1283", "2"), "not made of 32-bit words"},
		{"another kind of address", udp("0100007F0100007F:1283", "2"), "neither IPv4 nor IPv6"},
		{"not hexadecimal", udp("0100007X:1283", "2"), "address: encoding/hex"},
		{"no port", udp("0100007F", "2"), "port: strconv"},
		{"a port too high", udp("0100007F:10000", "2"), "port: strconv"},
		{"no inode", udp("0100007F:1283", "many"), "inode: strconv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ovs.ParseSockets(udpHeadings+c.text, binary.LittleEndian)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want %q", got, err, c.want)
			}
		})
	}
}

const ipfixCounters = `NXST_IPFIX_BRIDGE reply (xid=0x2):
  bridge ipfix: flows=161, current flows=7, sampled pkts=160, ipv4 ok=80, ipv6 ok=80, tx pkts=180
                pkts errs=3, ipv4 errs=1, ipv6 errs=2, tx errs=179
`

func TestIPFIXCountersAreRead(t *testing.T) {
	got, err := ovs.ParseIPFIXStatistics(ipfixCounters)
	want := ovs.IPFIXStatistics{Flows: 161, CurrentFlows: 7, SampledPackets: 160, SentPackets: 180, SendErrors: 179, PacketErrors: 3}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestIPFIXCountersThatAreNotThereAreErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", `no counters in ""`},
		{"an exporter that is not configured", "OFPT_ERROR (xid=0x2): NXST_NOT_CONFIGURED\nNXST_IPFIX_BRIDGE request (xid=0x2):\n", `no counters in "OFPT_ERROR (xid=0x2): NXST_NOT_CONFIGURED"`},
		{"cut off", ipfixCounters[:strings.Index(ipfixCounters, "                pkts")], "no counter "},
		{"too large", strings.Replace(ipfixCounters, "180", "18446744073709551616", 1), `counter "tx pkts"`},
		{"negative", strings.Replace(ipfixCounters, "179", "-1", 1), `counter "tx errs"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ovs.ParseIPFIXStatistics(c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) || got != (ovs.IPFIXStatistics{}) {
				t.Errorf("got %+v, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestFlowTablesAreRead(t *testing.T) {
	const one = `dummy@ovs-dummy:
  flows         : (current 5) (avg 4) (max 6) (limit 10000)
  dump duration : 1ms
  ufid enabled : true

  5: (keys 5)
`
	other := strings.NewReplacer("current 5", "current 7", "limit 10000", "limit 200000", "1ms", "23ms").Replace(one)
	offloaded := strings.Replace(one, "  dump", "  offloaded flows : 3\n  dump", 1)
	small, large := ovs.FlowTable{Current: 5, Limit: 10000, DumpDuration: time.Millisecond}, ovs.FlowTable{Current: 7, Limit: 200000, DumpDuration: 23 * time.Millisecond}
	for _, c := range []struct {
		name, text string
		want       ovs.FlowTable
	}{
		{"one datapath", one, small},
		{"with hardware offload", offloaded, small},
		{"the fullest of two", one + other, large},
		{"the fullest of two, the other way round", other + one, large},
		{"empty", strings.Replace(one, "current 5", "current 0", 1), ovs.FlowTable{Limit: 10000, DumpDuration: time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := ovs.ParseFlowTable(c.text); err != nil || got != c.want {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
	for _, text := range []string{"", "dummy@ovs-dummy:\n", "flows  : (current x) (limit 5)", one[:40]} {
		if got, err := ovs.ParseFlowTable(text); err == nil {
			t.Errorf("%q reads as %+v", text, got)
		}
	}
}

func TestLookupsAreRead(t *testing.T) {
	const one = "dummy@ovs-dummy:\n  lookups: hit:75 missed:5 lost:1\n  flows: 5\n  port 0: ovs-dummy (dummy-internal)\n"
	for text, want := range map[string]ovs.Lookups{
		one:       {Hit: 75, Missed: 5, Lost: 1},
		one + one: {Hit: 150, Missed: 10, Lost: 2},
	} {
		if got, err := ovs.ParseLookups(text); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	for _, text := range []string{"", "dummy@ovs-dummy:\n", "lookups: hit:75 missed:5", "lookups: hit:99999999999999999999 missed:5 lost:1"} {
		if got, err := ovs.ParseLookups(text); err == nil {
			t.Errorf("%q reads as %+v", text, got)
		}
	}
}
