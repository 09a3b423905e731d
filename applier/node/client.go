package node

import (
	"context"
	"fmt"
	"math"
	"time"

	"sluice/applier/ovs"
)

// Client talks to Open vSwitch and OVN. It runs the programs ovs-vsctl, ovs-ofctl, ovs-appctl and
// ovn-nbctl.
type Client struct {
	Runner Runner
	// Database is ovsdb-server's address, such as unix:/run/openvswitch/db.sock.
	Database string
	// Northbound is the address of OVN's northbound database; empty if it is not used.
	Northbound string
	Bridge     string
	// Management is the bridge's socket for OpenFlow management, Control that of
	// ovs-vswitchd.
	Management string
	Control    func() (string, error)
	// Timeout is how long each program may take.
	Timeout time.Duration
}

// timeout is the programs' own option, in whole seconds; 0 would mean no limit.
func (c Client) timeout() string {
	return fmt.Sprintf("--timeout=%d", max(1, int(math.Ceil(c.Timeout.Seconds()))))
}

// run gives a program a little more than its own timeout, so that it is the program that
// ends first.
func (c Client) run(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout+5*time.Second)
	defer cancel()
	return c.Runner.Run(ctx, program, args...)
}

// Read reads what is stored.
func (c Client) Read(ctx context.Context) (ovs.State, error) {
	args := append([]string{"--no-syslog", c.timeout(), "--db=" + c.Database}, ovs.ReadArguments()...)
	out, err := c.run(ctx, "ovs-vsctl", args...)
	if err != nil {
		return ovs.State{}, err
	}
	return ovs.ParseState([]byte(out), c.Bridge)
}

// Write executes a plan as one transaction and waits until ovs-vswitchd has dealt with it.
func (c Client) Write(ctx context.Context, plan ovs.Plan) error {
	args := append([]string{"--no-syslog", c.timeout(), "--db=" + c.Database}, plan.Arguments()...)
	// A started transaction is not canceled: its result would be unknown.
	_, err := c.run(context.WithoutCancel(ctx), "ovs-vsctl", args...)
	return err
}

// ReadNorthbound reads what OVN samples.
func (c Client) ReadNorthbound(ctx context.Context) (ovs.Northbound, error) {
	out, err := c.run(ctx, "ovn-nbctl", append(c.northboundOptions(), ovs.NorthboundReadArguments()...)...)
	if err != nil {
		return ovs.Northbound{}, err
	}
	return ovs.ParseNorthbound([]byte(out))
}

// WriteNorthbound changes what OVN samples.
func (c Client) WriteNorthbound(ctx context.Context, arguments []string) error {
	_, err := c.run(context.WithoutCancel(ctx), "ovn-nbctl", append(c.northboundOptions(), arguments...)...)
	return err
}

func (c Client) northboundOptions() []string {
	return []string{"--no-syslog", c.timeout(), "--db=" + c.Northbound}
}

// IPFIXStatistics reads the counters of the bridge's IPFIX exporter.
func (c Client) IPFIXStatistics(ctx context.Context) (ovs.IPFIXStatistics, error) {
	out, err := c.run(ctx, "ovs-ofctl", c.timeout(), "dump-ipfix-bridge", "unix:"+c.Management)
	if err != nil {
		return ovs.IPFIXStatistics{}, err
	}
	return ovs.ParseIPFIXStatistics(out)
}

// Datapath reads how busy the datapath is.
func (c Client) Datapath(ctx context.Context) (ovs.FlowTable, ovs.Lookups, error) {
	control, err := c.Control()
	if err != nil {
		return ovs.FlowTable{}, ovs.Lookups{}, err
	}
	var texts [2]string
	for i, command := range []string{"upcall/show", "dpctl/show"} {
		if texts[i], err = c.run(ctx, "ovs-appctl", c.timeout(), "--target="+control, command); err != nil {
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
