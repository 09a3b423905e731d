package node

import (
	"net/netip"
	"testing"
)

// Kind of fault: what is turned back may be for one collector, and last, while all others get many datagrams because of it.
func TestAProberInsistsLessWhereItHasNoEffect(t *testing.T) {
	var p Prober
	target := netip.MustParseAddrPort("192.0.2.1:2055")
	if !p.insists(target, true) {
		t.Error("the first probe does not insist")
	}
	insisted := 0
	for range 400 {
		if p.insists(target, true) {
			insisted++
		}
	}
	if insisted < 50 || insisted > 170 { // 104 on average, with a standard deviation of 9
		t.Errorf("%d of 400 probes insist without effect", insisted)
	}
	p.met(target)
	if !p.insists(target, true) {
		t.Error("a probe does not insist after one met something")
	}
	if p.insists(target, false) || !p.insists(target, true) {
		t.Error("a probe does not insist after nothing was turned back, or does while nothing is")
	}
}
