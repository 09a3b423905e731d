package agent

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: advice about a cause that the error excludes.
func TestTheAdviceFitsTheError(t *testing.T) {
	for name, c := range map[string]struct {
		errors []error
		want   string
	}{
		"a filter":       {[]error{syscall.EPERM}, "packet filter of the node"},
		"denied":         {[]error{syscall.EACCES}, "SELinux"},
		"no route":       {[]error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EHOSTDOWN, syscall.ENONET}, "have a route"},
		"the interface":  {[]error{syscall.ENETDOWN, syscall.ENODEV, syscall.ENXIO, syscall.EIO}, "interface"},
		"a black hole":   {[]error{syscall.EINVAL}, "blackhole"},
		"no address":     {[]error{syscall.EADDRNOTAVAIL}, "address to send from"},
		"no IPv6":        {[]error{syscall.EAFNOSUPPORT}, "enabled"},
		"short of space": {[]error{syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN}, "short of memory"},
		"large":          {[]error{syscall.EMSGSIZE}, "MTU"},
		"files":          {[]error{syscall.EMFILE, syscall.ENFILE}, "open files"},
		"no key":         {[]error{syscall.ESRCH, syscall.ENOKEY}, "IPsec"},
		"nothing known":  {[]error{nil, errors.New("text"), syscall.EXDEV}, "see the routes and the packet filters"},
	} {
		for _, err := range c.errors {
			if got := advice(err); !strings.Contains(got, c.want) {
				t.Errorf("%s: %v: %q", name, err, got)
			}
			if err == nil {
				continue
			}
			if wrapped := advice(fmt.Errorf("write: %w", err)); wrapped != advice(err) {
				t.Errorf("%s: %v, wrapped: %q", name, err, wrapped)
			}
		}
	}
}

// Kind of fault: what the node does itself is blamed on the collector.
func TestARejectionOfTheNodeIsNotBlamedOnOthers(t *testing.T) {
	const target = "192.0.2.1:2055"
	refusal := ovs.LogEvent{Time: at(0), Kind: ovs.SendFailed, Target: target, Reason: "Connection refused", Refused: true} // its filter's answer, too
	remote := netip.MustParseAddrPort(target)
	d := delivery{sockets: ovs.Sockets{remote: {Own: true}}, probes: map[netip.AddrPort]probed{remote: {at: at(50), cause: ovs.ProbeFiltered, err: syscall.ECONNREFUSED}}}
	d.note([]ovs.LogEvent{refusal})
	if state, reason := d.collector(validation.SFlow, target, at(60)); state != v1alpha1.CollectorNotOpen || !strings.Contains(reason, "the node itself rejects") {
		t.Errorf("%s: %s", state, reason)
	}
	for err, who := range map[syscall.Errno]string{syscall.ENETUNREACH: "the node can't", syscall.EMFILE: "the agent can't", syscall.EPERM: "the agent can't"} {
		if got := unsendable(err); !strings.HasPrefix(got, who) {
			t.Errorf("%v: %s", err, got)
		}
	}
}
