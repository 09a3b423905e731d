package agent

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/applier/splitter"
)

// from is what the operating system says to a socket with some port.
func from(port int, number syscall.Errno) error {
	return &net.OpError{
		Op: "write", Net: "udp", Source: &net.UDPAddr{IP: net.IPv4(10, 0, 0, 7), Port: port}, Addr: &net.UDPAddr{IP: net.IPv4(10, 0, 0, 99), Port: 4739},
		Err: os.NewSyscallError("write", number),
	}
}

// Kind of fault: what is said of a collector differs each time although nothing changed, so that it is written again.
func TestACauseNamesNoPortOfASocket(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"an error of the operating system": {from(51515, syscall.EHOSTUNREACH), "no route to host"},
		"wrapped":                          {errors.Join(from(51516, syscall.EHOSTUNREACH)), "no route to host"},
		"of a probe":                       {&ovs.ProbeError{Cause: ovs.ProbeFailed, Err: from(51517, syscall.EPERM)}, "operation not permitted"},
		"of the network package":           {&net.OpError{Op: "dial", Net: "udp", Source: &net.UDPAddr{Port: 51518}, Err: net.ErrClosed}, "use of closed network connection"},
		"another one":                      {errors.New("no memory"), "no memory"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := causeOf(test.err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheStateOfATenantsCollector(t *testing.T) {
	now := at(1000)
	failed := from(51515, syscall.EHOSTUNREACH)
	for name, test := range map[string]struct {
		c    splitter.CollectorCount
		p    probed
		want v1alpha1.CollectorState
		why  string
	}{
		"nothing was sent":                {splitter.CollectorCount{}, probed{}, v1alpha1.CollectorIdle, ""},
		"sent":                            {splitter.CollectorCount{LastSent: at(900)}, probed{at: at(990)}, v1alpha1.CollectorSending, ""},
		"sent long ago":                   {splitter.CollectorCount{LastSent: at(10)}, probed{}, v1alpha1.CollectorIdle, ""},
		"fails":                           {splitter.CollectorCount{LastSent: at(999), Err: failed}, probed{}, v1alpha1.CollectorNotOpen, "no route to host"},
		"fails, whatever a probe says":    {splitter.CollectorCount{LastSent: at(900), Err: failed}, probed{at: at(990)}, v1alpha1.CollectorNotOpen, "no route to host"},
		"a probe finds no route":          {splitter.CollectorCount{}, probed{at: at(990), cause: ovs.ProbeNoRoute, err: syscall.ENETUNREACH}, v1alpha1.CollectorNotOpen, "network is unreachable"},
		"a probe fails":                   {splitter.CollectorCount{LastSent: at(900)}, probed{at: at(990), cause: ovs.ProbeFailed, err: syscall.EPERM}, v1alpha1.CollectorNotOpen, "operation not permitted"},
		"a probe failed before":           {splitter.CollectorCount{LastSent: at(995)}, probed{at: at(990), cause: ovs.ProbeFailed}, v1alpha1.CollectorSending, ""},
		"refused":                         {splitter.CollectorCount{LastSent: at(999), LastRefused: at(998), Err: failed}, probed{}, v1alpha1.CollectorRefused, "Connection refused"},
		"the node itself refuses":         {splitter.CollectorCount{LastSent: at(999), LastRefused: at(998), Err: failed}, probed{at: at(990), cause: ovs.ProbeFiltered, err: syscall.ECONNREFUSED}, v1alpha1.CollectorNotOpen, "the node itself rejects"},
		"a probe was refused":             {splitter.CollectorCount{LastSent: at(999)}, probed{at: at(990), cause: ovs.ProbeRefused, refusedAt: at(990)}, v1alpha1.CollectorRefused, "Connection refused"},
		"a probe was refused a while ago": {splitter.CollectorCount{LastSent: at(999)}, probed{at: at(990), refusedAt: at(100)}, v1alpha1.CollectorSending, ""},
	} {
		t.Run(name, func(t *testing.T) {
			state, why := stateOf(test.c, test.p, now)
			if state != test.want || !strings.Contains(why, test.why) || (why == "") != (test.why == "") || strings.Contains(why, "51515") {
				t.Errorf("got %s %q, want %s %q", state, why, test.want, test.why)
			}
		})
	}
}

// Kind of fault: a kind of loss before the owner of a record is known is in no status, or what is no loss is.
func TestEachKindOfLossMakesReportsIncomplete(t *testing.T) {
	for name, test := range map[string]struct {
		counts splitter.Counts
		want   bool
	}{
		"nothing":        {splitter.Counts{}, false},
		"no loss":        {splitter.Counts{Datagrams: 9, Records: 9, Foreign: 1, OtherDomain: 1, OfNoPod: 1, Unclaimed: 1, Copies: 1, Late: 1}, false},
		"missed":         {splitter.Counts{Missed: 1, LastMissed: at(1000)}, true},
		"lost":           {splitter.Counts{Lost: 1}, true},
		"unconfirmed":    {splitter.Counts{Unconfirmed: 1}, true},
		"malformed":      {splitter.Counts{Malformed: 1}, true},
		"no template":    {splitter.Counts{NoTemplate: 1}, true},
		"unknown":        {splitter.Counts{Unknown: 1}, true},
		"ambiguous":      {splitter.Counts{Ambiguous: 1}, true},
		"missed earlier": {splitter.Counts{Missed: 1, LastMissed: at(10)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var l losses
			for _, look := range []struct {
				counts splitter.Counts
				at     int
				want   bool
			}{
				{splitter.Counts{}, 0, false},
				{test.counts, 1000, test.want},
				{test.counts, 1899, test.want},
				{test.counts, 1901, false},
			} {
				if got := l.lately(look.counts, at(look.at)); got != look.want {
					t.Errorf("at %d: %t", look.at, got)
				}
			}
		})
	}
}
