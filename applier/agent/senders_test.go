package agent

import (
	"net/netip"
	"testing"
	"time"

	"sluice/applier/ovs"
)

// Kind of fault: ovs-vswitchd sends the last datagrams just before it closes its sockets. When they are read, nothing
// says any more whose they are.
func TestOfWhomADatagramIsWhileSocketsAreReplaced(t *testing.T) {
	target, first, second, forger := netip.MustParseAddrPort("127.0.0.1:9000"), netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.1:40001"), netip.MustParseAddrPort("127.0.0.1:50000")
	c := &clock{now: time.Unix(1000, 0)}
	open := []netip.AddrPort{first}
	s := senders{target: target, now: c.Now, sockets: func() (ovs.Sockets, error) { return ovs.Sockets{target: {Locals: open}}, nil }}
	for _, step := range []struct {
		what  string
		after time.Duration
		open  []netip.AddrPort
		look  bool
		from  netip.AddrPort
		want  ownership
	}{
		{"its socket", 0, []netip.AddrPort{first}, false, first, vswitchds},
		{"the same a minute later", time.Minute, []netip.AddrPort{first}, false, first, vswitchds},
		{"closed just now", time.Second, nil, false, first, vswitchds},
		{"closed at some time in a minute", time.Minute, []netip.AddrPort{second}, false, first, wasVswitchd},
		{"its new socket", time.Second, []netip.AddrPort{second}, false, second, vswitchds},
		{"never its socket", time.Minute, []netip.AddrPort{second}, false, forger, another},
		{"a minute later, before the end", time.Minute, []netip.AddrPort{second}, true, second, vswitchds},
		{"at the end", 3 * time.Second, nil, false, second, vswitchds},
		{"at the end, of another", 0, nil, false, forger, another},
		{"long after the end", time.Minute, nil, false, second, wasVswitchd},
		{"still", time.Second, nil, false, second, wasVswitchd},
		{"the port is its own again", time.Minute, []netip.AddrPort{second}, false, second, vswitchds},
	} {
		c.now = c.now.Add(step.after)
		if open = step.open; step.look {
			s.look()
		}
		if got := s.of(step.from); got != step.want {
			t.Errorf("%s: %d, not %d", step.what, got, step.want)
		}
	}
}
