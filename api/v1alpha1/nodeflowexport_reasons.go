package v1alpha1

// The types of a NodeFlowExport's conditions.
const (
	// ConditionApplied: Open vSwitch has the desired configuration, and ovs-vswitchd applied it.
	ConditionApplied = "Applied"
	// ConditionExporting: records leave for every collector, as far as the node can see.
	ConditionExporting = "Exporting"
	// ConditionDrifted: another writer changed the configuration in Open vSwitch.
	ConditionDrifted = "Drifted"
	// ConditionConflict: another writer keeps changing it, and the agent stopped repairing it.
	ConditionConflict = "Conflict"
	// ConditionOVSReachable: the agent can read Open vSwitch's database.
	ConditionOVSReachable = "OVSReachable"
	// ConditionPerformanceRisk: export costs the node more than it should.
	ConditionPerformanceRisk = "PerformanceRisk"
)

// Reasons of several conditions.
const (
	// ReasonUnknown: what the condition is about could not be read.
	ReasonUnknown = "Unknown"
	// ReasonNone: nothing of the kind was seen.
	ReasonNone = "None"
	// ReasonNetworkMissing: there is no Network.operator "cluster", so the desired
	// configuration is unknown and nothing is changed.
	ReasonNetworkMissing = "NetworkMissing"
	// ReasonNodeMissing: there is no Node of the agent's name, so it is unknown which profile
	// selects it, and nothing is changed.
	ReasonNodeMissing = "NodeMissing"
	// ReasonVSwitchdBehind: the configuration is stored, but ovs-vswitchd did not apply it yet.
	ReasonVSwitchdBehind = "VSwitchdBehind"
)

// Reasons of the condition Applied if it is true.
const (
	// ReasonInSync: Open vSwitch has the desired configuration.
	ReasonInSync = "InSync"
	// ReasonNothingConfigured: no collectors are configured, and nothing is exported.
	ReasonNothingConfigured = "NothingConfigured"
	// ReasonPartlySupported: as InSync, without the parameters that this version of Open
	// vSwitch doesn't have.
	ReasonPartlySupported = "PartlySupported"
	// ReasonExportOff: the node's FlowExportProfile switches export off.
	ReasonExportOff = "ExportOff"
	// ReasonCleanedUp: in mode Cleanup, nothing that Sluice made is left.
	ReasonCleanedUp = "CleanedUp"
)

// Reasons of the condition Applied if it is false.
const (
	// ReasonBridgeMissing: the bridge does not exist yet.
	ReasonBridgeMissing = "BridgeMissing"
	// ReasonForeignExport: export is switched off, but another writer's record still exports.
	ReasonForeignExport = "ForeignExport"
	// ReasonDropsFailed: dropped packets can't be exported.
	ReasonDropsFailed = "DropsFailed"
	// ReasonMalformed: malformed entries were skipped.
	ReasonMalformed = "Malformed"
	// ReasonPending: the change is about to be applied.
	ReasonPending = "Pending"
	// ReasonHandsOff: the Network.operator is not managed, so the agent changes nothing.
	ReasonHandsOff = "HandsOff"
	// ReasonObserveOnly: the agent's mode is Observe.
	ReasonObserveOnly = "ObserveOnly"
	// ReasonConflict: see the condition Conflict.
	ReasonConflict = "Conflict"
	// ReasonHeldDown: another writer changed the record a moment ago, and may not be done.
	ReasonHeldDown = "HeldDown"
	// ReasonWriteFailed: Open vSwitch refused the transaction.
	ReasonWriteFailed = "WriteFailed"
)

// Reasons why Open vSwitch can't be read or written: of the condition OVSReachable if it is
// false, and of Applied.
const (
	// ReasonSocketMissing: ovsdb-server's socket does not exist.
	ReasonSocketMissing = "SocketMissing"
	// ReasonPermissionDenied: the agent may not open the socket.
	ReasonPermissionDenied = "PermissionDenied"
	// ReasonConnectionRefused: no server listens on the socket.
	ReasonConnectionRefused = "ConnectionRefused"
	// ReasonToolMissing: the agent's image lacks a program of Open vSwitch.
	ReasonToolMissing = "ToolMissing"
	// ReasonTimedOut: the server did not answer in time.
	ReasonTimedOut = "TimedOut"
	// ReasonReadFailed: any other failure of a read.
	ReasonReadFailed = "ReadFailed"
	// ReasonConnected, of OVSReachable: the server answers.
	ReasonConnected = "Connected"
)

// Reasons of the condition Exporting.
const (
	// ReasonOpen: every collector is open.
	ReasonOpen = "Open"
	// ReasonUnwanted: collectors are open, though a profile switches export off.
	ReasonUnwanted = "Unwanted"
	// ReasonOff: nothing is exported, and nothing should be.
	ReasonOff = "Off"
	// ReasonNotApplied: a format is not exported as desired; see the condition Applied.
	ReasonNotApplied = "NotApplied"
	// ReasonNotOpen: ovs-vswitchd has no socket for a collector.
	ReasonNotOpen = "NotOpen"
	// ReasonRefused: a collector's host answers that nothing listens there.
	ReasonRefused = "Refused"
)

// Reasons of the conditions Drifted and Conflict if they are true.
const (
	// ReasonForeignWrite, of Drifted: another writer changed a record.
	ReasonForeignWrite = "ForeignWrite"
	// ReasonGaveUp, of Conflict: the agent repaired a record too often within an hour.
	ReasonGaveUp = "GaveUp"
)

// Reasons of the condition PerformanceRisk if it is true.
const (
	// ReasonPacketsLost: packets are lost on their way to ovs-vswitchd.
	ReasonPacketsLost = "PacketsLost"
	// ReasonFlowTableFull: more than half of the datapath's flow table is in use.
	ReasonFlowTableFull = "FlowTableFull"
	// ReasonSlowRevalidation: ovs-vswitchd needs long to go through the flow table.
	ReasonSlowRevalidation = "SlowRevalidation"
	// ReasonHighSampling: packets are sampled much more often than usual.
	ReasonHighSampling = "HighSampling"
)
