package agent

import (
	"context"
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
	// Wake makes ovs-vswitchd go through its configuration, and try once more to open the
	// sockets that it lacks. Reopen makes it open all sockets of a row again. After an error, the row may be as in
	// between, which the bridge's note tells: read again.
	Wake(ctx context.Context) error
	Reopen(ctx context.Context, bridge ovs.Bridge, row ovs.Row) error
	// Restart makes it start the exporter of a row again, and send the templates again. An error means the same.
	Restart(ctx context.Context, bridge ovs.Bridge, row ovs.Row) error
	// ReadNorthbound and WriteNorthbound do the same with OVN's database.
	ReadNorthbound(ctx context.Context) (ovs.Northbound, error)
	WriteNorthbound(ctx context.Context, arguments []string) error
	// IPFIXStatistics are the counters of the bridge's IPFIX exporter.
	IPFIXStatistics(ctx context.Context) (ovs.IPFIXStatistics, error)
	// Passed is how many packets the flows of the bridge matched. It also changes with the flows.
	Passed(ctx context.Context) (uint64, error)
	// Datapath is how busy the datapath is.
	Datapath(ctx context.Context) (ovs.FlowTable, ovs.Lookups, error)
}

// Vswitchd is ovs-vswitchd, as it looks from outside.
type Vswitchd interface {
	// Answers asks whether it is alive, and waits for the answer up to a time. The error is an
	// *ovs.DaemonError.
	Answers(ctx context.Context, timeout time.Duration) error
	// Sockets lists the connected UDP sockets that may be its own.
	Sockets() (ovs.Sockets, error)
}

// LogReader reads what was added to ovs-vswitchd's log about collectors since the last call.
type LogReader interface {
	Read() ([]ovs.LogEvent, error)
}
