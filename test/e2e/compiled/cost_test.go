package compiled

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sluice/validation"
	"sluice/validation/policy"
	"sluice/validation/vap"
)

// TestCost holds the number of networks that the command says a user's rules may have: a
// request with three full lists, which only the last network of all allows, costs the most.
func TestCost(t *testing.T) {
	if notStored(t) {
		return
	}
	if shared.ipv6 {
		t.Fatal("the CRD stores IPv6 already")
	}
	var policies []policy.Policy
	const each = 100
	for i := range vap.MaxNetworks / each {
		var rule policy.Rule
		for k := range each {
			rule.Destinations = append(rule.Destinations, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), byte(k)}), 32))
		}
		policies = append(policies, policy.Policy{Name: fmt.Sprintf("p%03d", i), Allow: []policy.Rule{rule}})
	}
	last := &policies[len(policies)-1].Allow[0].Destinations[each-1]
	*last = netip.MustParsePrefix("172.16.0.0/16")
	install(t, 5000, vap.Input{Policies: policies})
	var lists []string
	for _, f := range validation.Formats() {
		var list []string
		for i := range validation.MaxCollectors {
			list = append(list, fmt.Sprintf("172.16.%d.1:%d", i, 2055+int(f)))
		}
		lists = append(lists, fmt.Sprintf("%s: {collectors: [%s]}", f.Field(), quoted(list)))
	}
	stored, err := operator(t).put(t, flows(t, "{}"), flows(t, "{}"))
	if err != nil {
		t.Fatal(err)
	}
	user := validation.User{Name: "mary", Groups: []string{throughCEL}}
	start := time.Now()
	err = as(t, user).try(t, stored, flows(t, "{"+strings.Join(lists, ", ")+"}"))
	t.Logf("%d networks: %s", vap.MaxNetworks, time.Since(start))
	if err != nil {
		t.Error(err)
	}
}
