package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"sluice/applier/ovs"
)

// Client talks to Open vSwitch and OVN. It runs the programs ovs-vsctl, ovsdb-client, ovs-ofctl,
// ovs-appctl and ovn-nbctl.
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
	schema, err := c.schema(ctx, c.Database, ovs.SwitchDatabase)
	if err != nil {
		return ovs.State{}, err
	}
	args := append([]string{"--no-syslog", c.timeout(), "--db=" + c.Database}, ovs.ReadArguments()...)
	out, err := c.run(ctx, "ovs-vsctl", args...)
	if err != nil {
		return ovs.State{}, err
	}
	state, err := ovs.ParseState([]byte(out), schema, c.Bridge)
	if err != nil || !state.Hidden.Any() {
		return state, err
	}
	if out, err = c.transact(ctx, c.Database, state.Hidden.ReadOperations()); err != nil {
		return ovs.State{}, err
	}
	if err := state.ReadHidden([]byte(out)); err != nil {
		return ovs.State{}, err
	}
	return state, nil
}

// schema reads which tables and columns the database of a server has.
func (c Client) schema(ctx context.Context, server, database string) (ovs.Schema, error) {
	out, err := c.run(ctx, "ovsdb-client", c.timeout(), "get-schema", server, database)
	if err != nil {
		return ovs.Schema{}, err
	}
	return ovs.ParseSchema([]byte(out))
}

// transact executes a transaction and returns the results as text.
func (c Client) transact(ctx context.Context, server string, transaction []any) (string, error) {
	text, err := json.Marshal(transaction)
	if err != nil {
		return "", fmt.Errorf("encode a transaction: %w", err)
	}
	return c.run(ctx, "ovsdb-client", c.timeout(), "transact", server, string(text))
}

// Write executes a plan as one transaction. ovs-vsctl waits until ovs-vswitchd has dealt with it.
func (c Client) Write(ctx context.Context, plan ovs.Plan) error {
	if plan.ForOperations() {
		out, err := c.transact(context.WithoutCancel(ctx), c.Database, plan.Operations())
		if err != nil {
			return err
		}
		_, err = ovs.ParseResults([]byte(out))
		return err
	}
	args := append([]string{"--no-syslog", c.timeout(), "--db=" + c.Database}, plan.Arguments()...)
	// A started transaction is not canceled: its result would be unknown.
	_, err := c.run(context.WithoutCancel(ctx), "ovs-vsctl", args...)
	return err
}

// Wake makes ovs-vswitchd go through its configuration.
func (c Client) Wake(ctx context.Context) error {
	out, err := c.transact(ctx, c.Database, ovs.WakeOperations())
	if err != nil {
		return err
	}
	_, err = ovs.ParseResults([]byte(out))
	return err
}

// Reopen makes ovs-vswitchd open all sockets of a row again. What is begun is finished.
func (c Client) Reopen(ctx context.Context, bridge ovs.Bridge, row ovs.Row) error {
	return c.all(ctx, ovs.ReopenArguments(bridge, row))
}

// Restart makes ovs-vswitchd start the exporter of a row again. What is begun is finished.
func (c Client) Restart(ctx context.Context, bridge ovs.Bridge, row ovs.Row) error {
	return c.all(ctx, ovs.RestartArguments(bridge, row))
}

// all executes transactions one after the other, also after one that failed: it may have been committed, for example if
// ovs-vswitchd needs longer than the timeout, and the next one undoes it.
func (c Client) all(ctx context.Context, transactions [][]string) error {
	var failed error
	for _, arguments := range transactions {
		options := []string{"--no-syslog", c.timeout(), "--db=" + c.Database}
		_, err := c.run(context.WithoutCancel(ctx), "ovs-vsctl", append(options, arguments...)...)
		failed = cmp.Or(failed, err)
	}
	return failed
}

// ReadNorthbound reads what OVN samples.
func (c Client) ReadNorthbound(ctx context.Context) (ovs.Northbound, error) {
	out, err := c.run(ctx, "ovn-nbctl", append(c.northboundOptions(), ovs.NorthboundReadArguments()...)...)
	if err != nil {
		return ovs.Northbound{}, err
	}
	now, err := ovs.ParseNorthbound([]byte(out))
	if err != nil {
		return ovs.Northbound{}, err
	}
	schema, err := c.schema(ctx, c.Northbound, ovs.NorthboundDatabase)
	if err != nil || !schema.HasTable(ovs.SamplingAppTable) {
		return now, err
	}
	if out, err = c.transact(ctx, c.Northbound, ovs.SamplingAppOperations()); err != nil {
		return ovs.Northbound{}, err
	}
	now.AppDomain, err = ovs.ParseSamplingApp([]byte(out))
	return now, err
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

// Passed reads how many packets the flows of the bridge matched.
func (c Client) Passed(ctx context.Context) (uint64, error) {
	out, err := c.run(ctx, "ovs-ofctl", c.timeout(), "dump-aggregate", "unix:"+c.Management)
	if err != nil {
		return 0, err
	}
	return ovs.ParsePassed(out)
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
