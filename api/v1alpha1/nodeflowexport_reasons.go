package v1alpha1

// The types of a NodeFlowExport's conditions.
const (
	// ConditionApplied: Open vSwitch has the desired configuration, and ovs-vswitchd applied it.
	ConditionApplied = "Applied"
	// ConditionExporting: records are sent to every collector, as far as the node can see.
	ConditionExporting = "Exporting"
	// ConditionSynced: the agent knows the objects in the cluster as they are now.
	ConditionSynced = "Synced"
	// ConditionDrifted: another program changed the configuration in Open vSwitch.
	ConditionDrifted = "Drifted"
	// ConditionConflict: another program keeps changing the configuration, and the agent stopped
	// repairing it.
	ConditionConflict = "Conflict"
	// ConditionOVSReachable: the agent can read Open vSwitch's database.
	ConditionOVSReachable = "OVSReachable"
	// ConditionPerformanceRisk: export costs the node more than it should.
	ConditionPerformanceRisk = "PerformanceRisk"
)

// Reasons of several conditions.
const (
	// ReasonUnknown: the agent can't read what it needs to evaluate the condition.
	ReasonUnknown = "Unknown"
	// ReasonNone: the agent found nothing that the condition would report.
	ReasonNone = "None"
	// ReasonNetworkMissing: there is no Network.operator "cluster", so the desired
	// configuration is unknown and nothing is changed.
	ReasonNetworkMissing = "NetworkMissing"
	// ReasonNodeMissing: the agent's Node does not exist, so it is unknown which profile applies,
	// and nothing is changed.
	ReasonNodeMissing = "NodeMissing"
	// ReasonNotSynced: the agent could not read all objects since it started, or the FlowExportProfiles disappeared
	// together with their CustomResourceDefinition, so the desired configuration is unknown, and nothing is changed; see
	// the condition Synced.
	ReasonNotSynced = "NotSynced"
	// ReasonVSwitchdBehind: the configuration is stored, but ovs-vswitchd has not applied it yet.
	ReasonVSwitchdBehind = "VSwitchdBehind"
	// ReasonVSwitchdDown: ovs-vswitchd is not running, so it applies and exports nothing.
	ReasonVSwitchdDown = "VSwitchdDown"
	// ReasonVSwitchdHangs: ovs-vswitchd is running, but does not answer in time.
	ReasonVSwitchdHangs = "VSwitchdHangs"
)

// Reasons of the condition Applied if it is true.
const (
	// ReasonInSync: Open vSwitch has the desired configuration.
	ReasonInSync = "InSync"
	// ReasonNothingConfigured: no collectors are configured, and nothing is exported.
	ReasonNothingConfigured = "NothingConfigured"
	// ReasonPartlySupported: as InSync, except for parameters that the node's version of Open
	// vSwitch does not support.
	ReasonPartlySupported = "PartlySupported"
	// ReasonExportOff: the node's FlowExportProfile switches export off.
	ReasonExportOff = "ExportOff"
	// ReasonCleanedUp: the mode is Cleanup, and nothing that Sluice applied is left.
	ReasonCleanedUp = "CleanedUp"
)

// Reasons of the condition Applied if it is false.
const (
	// ReasonBridgeMissing: the bridge does not exist yet.
	ReasonBridgeMissing = "BridgeMissing"
	// ReasonForeignExport: a profile switches export off, but an export that another program
	// created is still there.
	ReasonForeignExport = "ForeignExport"
	// ReasonDropsFailed: dropped packets can't be exported, or OVN can't be told to stop sampling them;
	// everything else is applied.
	ReasonDropsFailed = "DropsFailed"
	// ReasonDropsUnknown: OVN's database can't be read, so it is unknown whether dropped packets are
	// exported; everything else is applied. Applied is Unknown.
	ReasonDropsUnknown = "DropsUnknown"
	// ReasonMalformed: the stored lists contain malformed entries, which were skipped.
	ReasonMalformed = "Malformed"
	// ReasonOwnDuplicate: a collector is listed both as the node's own address and as a port
	// alone. It is applied, but ovnkube-node will not start again on the node.
	ReasonOwnDuplicate = "OwnDuplicate"
	// ReasonPending: the agent has not applied the change yet and will do so immediately.
	ReasonPending = "Pending"
	// ReasonHandsOff: the managementState of Network.operator is Unmanaged, or its network type is
	// not OVNKubernetes, so the agent changes nothing.
	ReasonHandsOff = "HandsOff"
	// ReasonObserveOnly: the agent's mode is Observe, so it changes nothing.
	ReasonObserveOnly = "ObserveOnly"
	// ReasonConflict: the agent stopped repairing; see the condition Conflict.
	ReasonConflict = "Conflict"
	// ReasonHeldDown: another program has just changed the configuration. The agent waits for the
	// hold-down before it repairs it.
	ReasonHeldDown = "HeldDown"
	// ReasonLockHeld: another agent on the node has the lock, so this one changes nothing.
	ReasonLockHeld = "LockHeld"
	// ReasonLockUnavailable: the agent can't use the lock file, so it changes nothing.
	ReasonLockUnavailable = "LockUnavailable"
	// ReasonRateLimited: the agent wrote to Open vSwitch too often, and waits before it writes again.
	ReasonRateLimited = "RateLimited"
	// ReasonWriteFailed: the transaction with ovs-vsctl failed; the agent retries.
	ReasonWriteFailed = "WriteFailed"
)

// Reasons why Open vSwitch can't be read or written: of the condition OVSReachable if it is
// false, and of Applied.
const (
	// ReasonSocketMissing: the socket of ovsdb-server does not exist.
	ReasonSocketMissing = "SocketMissing"
	// ReasonPermissionDenied: the agent may not open the socket.
	ReasonPermissionDenied = "PermissionDenied"
	// ReasonConnectionRefused: no server listens on the socket.
	ReasonConnectionRefused = "ConnectionRefused"
	// ReasonToolMissing: the agent's image does not contain the Open vSwitch tools.
	ReasonToolMissing = "ToolMissing"
	// ReasonTimedOut: the server or a tool did not answer in time.
	ReasonTimedOut = "TimedOut"
	// ReasonReadFailed: the database can't be read for another reason.
	ReasonReadFailed = "ReadFailed"
)

// The reason of the condition OVSReachable if it is true.
const (
	// ReasonConnected: the server answers.
	ReasonConnected = "Connected"
)

// Reasons of the condition Exporting.
const (
	// ReasonSocketsOpen: there is a socket of ovs-vswitchd for every collector, and no collector refuses.
	ReasonSocketsOpen = "SocketsOpen"
	// ReasonUnwanted: as SocketsOpen, although a profile switches export off; see the condition Applied.
	ReasonUnwanted = "Unwanted"
	// ReasonOff: nothing is exported, as desired.
	ReasonOff = "Off"
	// ReasonNotApplied: a format is not exported as desired; see the condition Applied.
	ReasonNotApplied = "NotApplied"
	// ReasonNotOpen: there is no socket of ovs-vswitchd for a collector, or nothing leaves the node with it.
	ReasonNotOpen = "NotOpen"
	// ReasonRefused: a collector's host answers that nothing listens there, or a machine on the way that datagrams do not
	// arrive.
	ReasonRefused = "Refused"
)

// Reasons of the condition Synced.
const (
	// ReasonWatching: all objects are watched.
	ReasonWatching = "Watching"
	// ReasonWatchFailed: the watch of some objects fails, so changes of them are not seen, or the FlowExportProfiles
	// disappeared together with their CustomResourceDefinition.
	ReasonWatchFailed = "WatchFailed"
)

// Reasons of the conditions Drifted and Conflict if they are true.
const (
	// ReasonForeignWrite: another program changed the configuration (Drifted).
	ReasonForeignWrite = "ForeignWrite"
	// ReasonGaveUp: the agent repaired a format too often within an hour, and stopped (Conflict).
	ReasonGaveUp = "GaveUp"
)

// Reasons of the condition PerformanceRisk if it is true.
const (
	// ReasonPacketsLost: packets are lost on their way to ovs-vswitchd.
	ReasonPacketsLost = "PacketsLost"
	// ReasonFlowTableFull: more than half of the datapath's flow table is in use.
	ReasonFlowTableFull = "FlowTableFull"
	// ReasonSlowRevalidation: the flow table takes ovs-vswitchd more than 500 ms to check.
	ReasonSlowRevalidation = "SlowRevalidation"
	// ReasonHighSampling: more than 1 packet in 50 is sampled, and no profile sets the rate.
	ReasonHighSampling = "HighSampling"
)
