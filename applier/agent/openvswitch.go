package agent

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"sluice/applier/ovs"
)

// OpenVSwitch is a node's Open vSwitch, and its OVN northbound database where it has one.
type OpenVSwitch interface {
	// Read reads what is stored.
	Read(ctx context.Context) (ovs.State, error)
	// Write executes a plan. After an error, whatever it is, the plan may have been
	// executed or not: read again.
	Write(ctx context.Context, plan ovs.Plan) error
	// ReadNorthbound and WriteNorthbound do the same with OVN's database.
	ReadNorthbound(ctx context.Context) (ovs.Northbound, error)
	WriteNorthbound(ctx context.Context, arguments []string) error
	// IPFIXStatistics are the counters of the bridge's IPFIX exporter.
	IPFIXStatistics(ctx context.Context) (ovs.IPFIXStatistics, error)
	// Datapath is how busy the datapath is.
	Datapath(ctx context.Context) (ovs.FlowTable, ovs.Lookups, error)
}

// Tools is an OpenVSwitch that runs the programs ovs-vsctl, ovs-ofctl, ovs-appctl and
// ovn-nbctl.
type Tools struct {
	Runner Runner
	// Database is ovsdb-server's address, such as unix:/run/openvswitch/db.sock.
	Database string
	// Northbound is the address of OVN's northbound database; empty if there is none.
	Northbound string
	Bridge     string
	// Management is the bridge's socket for OpenFlow management, Control that of
	// ovs-vswitchd.
	Management string
	Control    func() (string, error)
	// Timeout is how long each program may take.
	Timeout time.Duration
}

// timeout is the programs' own option, in whole seconds; 0 would mean for ever.
func (t Tools) timeout() string {
	return fmt.Sprintf("--timeout=%d", max(1, int(math.Ceil(t.Timeout.Seconds()))))
}

// run gives a program a little more than its own timeout, so that it is the program that
// ends first.
func (t Tools) run(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout+5*time.Second)
	defer cancel()
	return t.Runner.Run(ctx, program, args...)
}

// Read reads what is stored.
func (t Tools) Read(ctx context.Context) (ovs.State, error) {
	args := append([]string{"--no-syslog", t.timeout(), "--db=" + t.Database}, ovs.ReadArguments()...)
	out, err := t.run(ctx, "ovs-vsctl", args...)
	if err != nil {
		return ovs.State{}, err
	}
	return ovs.ParseState([]byte(out), t.Bridge)
}

// Write executes a plan as one transaction and waits until ovs-vswitchd has dealt with it.
func (t Tools) Write(ctx context.Context, plan ovs.Plan) error {
	args := append([]string{"--no-syslog", t.timeout(), "--db=" + t.Database}, plan.Arguments()...)
	// A plan that is under way is not given up: a half-awaited ovs-vsctl tells nothing.
	_, err := t.run(context.WithoutCancel(ctx), "ovs-vsctl", args...)
	return err
}

// ReadNorthbound reads what OVN samples.
func (t Tools) ReadNorthbound(ctx context.Context) (ovs.Northbound, error) {
	out, err := t.run(ctx, "ovn-nbctl", append(t.northboundOptions(), ovs.NorthboundReadArguments()...)...)
	if err != nil {
		return ovs.Northbound{}, err
	}
	return ovs.ParseNorthbound([]byte(out))
}

// WriteNorthbound changes what OVN samples.
func (t Tools) WriteNorthbound(ctx context.Context, arguments []string) error {
	_, err := t.run(context.WithoutCancel(ctx), "ovn-nbctl", append(t.northboundOptions(), arguments...)...)
	return err
}

func (t Tools) northboundOptions() []string {
	return []string{"--no-syslog", t.timeout(), "--db=" + t.Northbound}
}

// IPFIXStatistics reads the counters of the bridge's IPFIX exporter.
func (t Tools) IPFIXStatistics(ctx context.Context) (ovs.IPFIXStatistics, error) {
	out, err := t.run(ctx, "ovs-ofctl", t.timeout(), "dump-ipfix-bridge", "unix:"+t.Management)
	if err != nil {
		return ovs.IPFIXStatistics{}, err
	}
	return ovs.ParseIPFIXStatistics(out)
}

// Datapath reads how busy the datapath is.
func (t Tools) Datapath(ctx context.Context) (ovs.FlowTable, ovs.Lookups, error) {
	control, err := t.Control()
	if err != nil {
		return ovs.FlowTable{}, ovs.Lookups{}, err
	}
	var texts [2]string
	for i, command := range []string{"upcall/show", "dpctl/show"} {
		if texts[i], err = t.run(ctx, "ovs-appctl", t.timeout(), "--target="+control, command); err != nil {
			return ovs.FlowTable{}, ovs.Lookups{}, err
		}
	}
	table, err := ovs.ParseFlowTable(texts[0])
	if err != nil {
		return table, ovs.Lookups{}, err
	}
	lookups, err := ovs.ParseLookups(texts[1])
	return table, lookups, err
}

// unreachable sorts an error of a tool: the reason for a condition, and what to do.
func unreachable(err error) (reason, message string) {
	text := err.Error()
	switch {
	case strings.Contains(text, "No such file or directory"):
		return "SocketMissing", text + "; is ovsdb-server running, and its run directory mounted?"
	case strings.Contains(text, "Permission denied"):
		return "PermissionDenied", text + "; the agent must run as root, and where SELinux is on as spc_t"
	case strings.Contains(text, "Connection refused"):
		return "ConnectionRefused", text + "; ovsdb-server is not running"
	case strings.Contains(text, "executable file not found"):
		return "ToolMissing", text + "; the agent's image must hold the Open vSwitch tools"
	case strings.Contains(text, "in time"):
		return "TimedOut", text + "; ovsdb-server hangs"
	}
	return "ReadFailed", text
}
