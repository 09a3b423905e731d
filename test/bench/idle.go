package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/test/harness/node"
)

// idle measures an agent with its default flags while nothing changes.
func (a *applier) idle(ctx context.Context) error {
	const window = 140 * time.Second // contains at least one resync
	agent, err := a.fleet.StartAgent(ctx, a.node)
	if err != nil {
		return err
	}
	if err := a.export(ctx, `{"netFlow":{"collectors":["192.0.2.1:2055"]},"sFlow":{"collectors":["192.0.2.1:6343"]},"ipfix":{"collectors":["192.0.2.1:4739"]}}`); err != nil {
		return err
	}
	if err := a.until(ctx, "192.0.2.1:2055"); err != nil {
		return err
	}
	a.quiet(ctx)
	before, err := cpuTime(agent.PID)
	if err != nil {
		return err
	}
	timer := time.NewTimer(window)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	after, err := cpuTime(agent.PID)
	if err != nil {
		return err
	}
	share := float64(after-before) / float64(window) * 100
	a.add(row{"CPU of an idle agent that exports three formats, its tools included, of one core, over 140 s with a resync", "", fmt.Sprintf("%.3f %%", share), "", "< 0.1 %", share < 0.1})
	resident, err := residentMiB(agent.PID)
	if err != nil {
		return err
	}
	a.add(row{"resident memory of the agent", "", fmt.Sprintf("%.1f MiB", resident), "", "≤ 30 MiB", resident <= 30})
	if err := agent.Stop(); err != nil {
		return err
	}
	return a.export(ctx, "null")
}

// cpuTime is the CPU time of a process and its ended children, in kernel ticks of 10 ms.
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	total := 0
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		n, err := strconv.Atoi(f)
		if err != nil {
			return 0, fmt.Errorf("read processor time: %w", err)
		}
		total += n
	}
	return time.Duration(total) * 10 * time.Millisecond, nil
}

// datapath measures the cost of export in the userspace datapath of Open vSwitch. Only the ratios
// are meaningful, and the datapath of the kernel differs.
func (a *applier) datapath(ctx context.Context) error {
	if !a.fleet.Network.Isolated() {
		return nil // the dummy datapath takes no traffic of this kind
	}
	const collector = `["192.168.1.99:9"]`
	settings := []struct {
		name string
		args []string
	}{
		{"no export", nil},
		{"NetFlow", []string{"--", "--id=@r", "create", "NetFlow", "targets=" + collector, "active_timeout=60", "--", "set", "Bridge", "br-int", "netflow=@r"}},
		{"sFlow 1/400", []string{"--", "--id=@r", "create", "sFlow", "targets=" + collector, "agent=ovn-k8s-mp0", "sampling=400", "--", "set", "Bridge", "br-int", "sflow=@r"}},
		{"IPFIX 1/400", []string{"--", "--id=@r", "create", "IPFIX", "targets=" + collector, "sampling=400", "--", "set", "Bridge", "br-int", "ipfix=@r"}},
		{"IPFIX 1/1", []string{"--", "--id=@r", "create", "IPFIX", "targets=" + collector, "sampling=1", "--", "set", "Bridge", "br-int", "ipfix=@r"}},
		{"after removal", nil},
	}
	// Each round has a measurement of its own without export, which all others of the round are compared
	// with, and every other round has the reverse order: a machine that gets slower meanwhile is no cost
	// of export.
	rounds := a.rounds()
	rates, cpus := make([][]float64, len(settings)), make([][]float64, len(settings))
	for round := range rounds {
		for i := range settings {
			if round%2 == 1 {
				i = len(settings) - 1 - i
			}
			rate, cpu, err := a.flood(ctx, settings[i].args)
			if err != nil {
				return err
			}
			rates[i], cpus[i] = append(rates[i], rate), append(cpus[i], cpu)
		}
	}
	none, idle := middle(rates[0]), middle(cpus[0])
	for i, s := range settings[1:] {
		rate, cpu := against(rates[i+1], rates[0]), against(cpus[i+1], cpus[0])
		target, met := "", false
		if s.name == "after removal" {
			target, met = "≥ 0.9", rate >= 0.9
		}
		a.add(row{fmt.Sprintf("packets a second through the userspace datapath, %s / none; median of %d rounds", s.name, rounds), fmt.Sprintf("%.0f", none), fmt.Sprintf("%.0f", middle(rates[i+1])), fmt.Sprintf("%.2f", rate), target, met})
		a.add(row{"CPU of ovs-vswitchd for 1,000 packets, " + s.name + " / none", fmt.Sprintf("%.2f ms", idle), fmt.Sprintf("%.2f ms", middle(cpus[i+1])), fmt.Sprintf("%.2f", cpu), "", false})
	}
	return nil
}

// against is the median of the ratios of the rounds.
func against(values, baseline []float64) float64 {
	ratios := make([]float64, len(values))
	for i := range values {
		ratios[i] = values[i] / baseline[i]
	}
	return middle(ratios)
}

// flood sends packets as fast as possible. It returns the received packets per second, and the
// milliseconds of CPU time for 1,000 packets.
func (a *applier) flood(ctx context.Context, args []string) (rate, cpu float64, err error) {
	if _, err := a.node.Vsctl(ctx, "--", "clear", "Bridge", "br-int", "netflow", "--", "clear", "Bridge", "br-int", "sflow", "--", "clear", "Bridge", "br-int", "ipfix"); err != nil {
		return 0, 0, err
	}
	if args != nil {
		if _, err := a.node.Vsctl(ctx, args...); err != nil {
			return 0, 0, err
		}
	}
	before, err := cpuTime(a.node.VswitchdPID())
	if err != nil {
		return 0, 0, err
	}
	timed, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	result, err := a.node.Flood(timed, node.FloodOptions{Flows: 16, Size: 200})
	if err != nil {
		return 0, 0, err
	}
	after, err := cpuTime(a.node.VswitchdPID())
	if err != nil {
		return 0, 0, err
	}
	received := float64(result.Received)
	return received / result.Duration.Seconds(), float64((after - before).Milliseconds()) / received * 1000, nil
}

func middle(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }
