package main

import (
	"context"
	"fmt"
	"time"

	"sluice/test/harness/node"
)

// delay measures how long after the cluster's collector, to which ovs-vswitchd sends itself, a tenant's collector gets
// the record of one packet.
func (t *tenants) delay(ctx context.Context) error {
	const samples = 200
	direct, err := t.listen(ctx, "192.168.1.97:4739")
	if err != nil {
		return err
	}
	defer direct.stop()
	tenant, err := t.listen(ctx, tenantCollector(0).String())
	if err != nil {
		return err
	}
	defer tenant.stop()
	if err := t.start(ctx, "192.168.1.97:4739"); err != nil {
		return err
	}
	if err := t.sample(ctx, 1); err != nil {
		return err
	}
	if err := t.accept(ctx, 1); err != nil {
		return err
	}
	if err := t.warm(ctx, tenant); err != nil {
		return err
	}
	var sent, later []time.Duration
	for range samples {
		direct.drain(ctx)
		tenant.drain(ctx)
		start := time.Now()
		if err := t.node.Send(ctx, 1); err != nil { // one packet of IPv4, and one of IPv6
			return err
		}
		first, gotDirect := direct.next(ctx, 2*time.Second)
		through, gotTenant := tenant.next(ctx, 2*time.Second)
		if !gotDirect || !gotTenant {
			return fmt.Errorf("a record did not come: from ovs-vswitchd %t, to the tenant %t\n%s", gotDirect, gotTenant, t.agent.Log())
		}
		sent, later = append(sent, through.Sub(start)), append(later, through.Sub(first))
	}
	middleOf, p99 := median(later), later[samples*99/100]
	t.add(row{"delay of a record from ovs-vswitchd to a tenant's collector, p50 of 200", "", millis(middleOf), "", "", false})
	t.add(row{"the same, p99", "", millis(p99), "", "≤ 100 ms", p99 <= 100*time.Millisecond})
	_ = median(sent)
	t.add(row{"from the packet to the tenant's collector, p99", "", millis(sent[samples*99/100]), "", "", false})
	return t.stop(ctx)
}

// warm sends until the first record comes: the agent accepts a FlowExport, and knows the interfaces' pasts, after a moment.
func (t *tenants) warm(ctx context.Context, tenant *arrivals) error {
	for range 100 {
		if err := t.node.Send(ctx, 1); err != nil {
			return err
		}
		if _, ok := tenant.next(ctx, 200*time.Millisecond); ok {
			return nil
		}
	}
	return fmt.Errorf("no record comes to the tenant\n%s", t.agent.Log())
}

// load measures the CPU of the agent and what the datapath forwards, with FlowExports and without, while two pods send
// as much as they can.
func (t *tenants) load(ctx context.Context) error {
	const rounds = 5
	type sample struct{ packets, agent float64 }
	measured := map[string][]sample{}
	stop, err := t.sinks(ctx, 2)
	if err != nil {
		return err
	}
	defer stop()
	once := func(name string) error {
		packets, agent, err := t.busy(ctx)
		measured[name] = append(measured[name], sample{packets, agent})
		return err
	}
	for range rounds {
		if err := t.start(ctx, sink); err != nil {
			return err
		}
		for _, rate := range []int{400, 1} {
			for _, first := range []int{0, 2} {
				if err := t.sample(ctx, rate); err != nil {
					return err
				}
				if err := t.accept(ctx, first); err != nil {
					return err
				}
				if err := once(fmt.Sprintf("1/%d %d", rate, first)); err != nil {
					return err
				}
			}
		}
		if err := t.stop(ctx); err != nil {
			return err
		}
	}
	of := func(name string, value func(sample) float64) (values []float64) {
		for _, s := range measured[name] {
			values = append(values, value(s))
		}
		return values
	}
	packets, agent := func(s sample) float64 { return s.packets }, func(s sample) float64 { return s.agent }
	for _, rate := range []string{"1/400", "1/1"} {
		without, with := rate+" 0", rate+" 2"
		ratio := against(of(with, packets), of(without, packets))
		t.add(row{"packets a second through the userspace datapath at sampling " + rate + ", IPFIX of the cluster with FlowExports / without; median of 5 rounds", fmt.Sprintf("%.0f", middle(of(without, packets))), fmt.Sprintf("%.0f", middle(of(with, packets))), fmt.Sprintf("%.2f", ratio), "", false})
		t.add(row{"CPU of the agent during that, of one core", fmt.Sprintf("%.1f %%", middle(of(without, agent))), fmt.Sprintf("%.1f %%", middle(of(with, agent))), "", "", false})
	}
	return nil
}

// busy floods for a while. It returns the packets per second and the agent's share of a core in percent.
func (t *tenants) busy(ctx context.Context) (packets, agent float64, err error) {
	before, err := cpuTime(t.agent.PID)
	if err != nil {
		return 0, 0, err
	}
	timed, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	result, err := t.node.Flood(timed, node.FloodOptions{Flows: 16, Size: 200})
	if err != nil {
		return 0, 0, err
	}
	after, err := cpuTime(t.agent.PID)
	if err != nil {
		return 0, 0, err
	}
	return float64(result.Received) / result.Duration.Seconds(), float64(after-before) / float64(result.Duration) * 100, nil
}

// memory compares an agent on a node with the records of many tenants with one without any.
func (t *tenants) memory(ctx context.Context) error {
	const rounds = 3
	var none, many []float64
	stop, err := t.sinks(ctx, t.count)
	if err != nil {
		return err
	}
	defer stop()
	for range rounds {
		for _, first := range []int{0, t.count} {
			if err := t.start(ctx, sink); err != nil {
				return err
			}
			if err := t.sample(ctx, 1); err != nil {
				return err
			}
			if err := t.accept(ctx, first); err != nil {
				return err
			}
			for i := range t.count { // each tenant has traffic
				if err := t.node.SendBetween(ctx, i+1, (i+1)%t.count+1, 16); err != nil {
					return err
				}
			}
			resident, err := residentMiB(t.agent.PID)
			if err != nil {
				return err
			}
			if first == 0 {
				none = append(none, resident)
			} else {
				many = append(many, resident)
			}
			if err := t.stop(ctx); err != nil {
				return err
			}
		}
	}
	more := middle(many) - middle(none)
	t.add(row{fmt.Sprintf("resident memory of the agent on a node with pods of %d namespaces: a FlowExport in each / none; median of 3 rounds", t.count), fmt.Sprintf("%.1f MiB", middle(none)), fmt.Sprintf("%.1f MiB", middle(many)), fmt.Sprintf("%+.1f MiB", more), "≤ +16 MiB", more <= 16})
	return nil
}
