package main

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"sluice/validation"
	"sluice/validation/policy"
)

// policies measures the time of a request that adds a collector, for different numbers of policies
// with 100 networks each, of which different numbers apply to the user. It also measures memory.
func (b *bench) policies(context.Context) error {
	const networks, limit = 100, 100 * time.Microsecond
	baseline := time.Duration(0)
	for _, c := range []struct{ all, applying int }{{1, 1}, {100, 1}, {1000, 1}, {100, 100}, {1000, 10}, {1000, 100}, {1000, 1000}} {
		list := manyPolicies(c.all, c.applying, networks)
		set := policy.Compile(list)
		user := validation.User{Name: "mary", Groups: []string{"team-a", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "system:authenticated"}}
		export := validation.Collector{Addr: netip.MustParseAddrPort("172.16.99.1:2055")} // the last network of the last policy
		change := validation.Change{Added: []validation.Collector{export}, Result: []validation.Collector{export}}
		if denied := set.Evaluate(user, change).Denied; len(denied) > 0 {
			return fmt.Errorf("the collector is denied: %s", denied[0].Line())
		}
		took := each(func() { set.Evaluate(user, change) })
		if baseline == 0 {
			baseline = took
		}
		r := row{
			what:     fmt.Sprintf("one request, %d of %d policies apply, each with %d networks", c.applying, c.all, networks),
			baseline: nanos(baseline), measured: nanos(took), ratio: fmt.Sprintf("%.1f", float64(took)/float64(baseline)),
			target: "< 100 µs, ratio ≤ policies that apply", met: took < limit && float64(took) <= 1.5*float64(baseline)*float64(c.applying),
		}
		b.add(r)
	}
	const many = 1000
	before := heap()
	list := manyPolicies(many, many, networks)
	set := policy.Compile(list)
	after := heap()
	runtime.KeepAlive(set)
	runtime.KeepAlive(list)
	b.add(row{what: fmt.Sprintf("memory of one compiled policy with %d networks", networks), measured: fmt.Sprintf("%.1f KiB", float64(after-before)/many/1024)})
	return nil
}

// manyPolicies returns policies for different teams, the last ones for the team of the user. Only the
// very last network contains the collector.
func manyPolicies(all, applying, networks int) []policy.Policy {
	var list []policy.Policy
	for i := range all {
		p := policy.Policy{Name: fmt.Sprintf("p%04d", i), Subjects: []policy.Subject{{Kind: policy.GroupSubject, Name: fmt.Sprint("team-", i)}}}
		if i >= all-applying {
			p.Subjects[0].Name = "team-a"
		}
		var rule policy.Rule
		for k := range networks {
			rule.Destinations = append(rule.Destinations, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), byte(k)}), 32))
		}
		if i == all-1 {
			rule.Destinations[networks-1] = netip.MustParsePrefix("172.16.0.0/16")
		}
		p.Allow = []policy.Rule{rule}
		list = append(list, p)
	}
	return list
}

// each is the median time of a call, over rounds of many calls.
func each(call func()) time.Duration {
	const rounds, calls = 50, 200
	samples := make([]time.Duration, rounds)
	for i := range samples {
		start := time.Now()
		for range calls {
			call()
		}
		samples[i] = time.Since(start) / calls
	}
	return median(samples)
}

func nanos(d time.Duration) string { return fmt.Sprintf("%.2f µs", float64(d.Nanoseconds())/1e3) }

// heap is the memory in use after a garbage collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
