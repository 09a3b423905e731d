package v1alpha1

// The conditions of a FlowExport are ConditionAccepted, ConditionExporting and ConditionIncomplete. The
// agents send only while ConditionAccepted is true and its observedGeneration is the FlowExport's
// generation.

// Reasons of the condition Accepted of a FlowExport, besides Malformed.
const (
	// ReasonAllowed: policies name the namespace and allow each collector.
	ReasonAllowed = "Allowed"
	// ReasonDenied: no policy that names the namespace allows a collector, or a policy denies it.
	ReasonDenied = "Denied"
	// ReasonQuotaExceeded: the namespace has older FlowExports that use its quota up, or the
	// FlowExport has more collectors than the policies allow.
	ReasonQuotaExceeded = "QuotaExceeded"
	// ReasonDeleting: the FlowExport is being deleted, and finalizers keep it.
	ReasonDeleting = "Deleting"
)

// Reasons of the condition Exporting of a FlowExport. As for a node, the reasons Refused and NotOpen
// are about a collector, on at least one node.
const (
	// ReasonSending: at least one node sent a record within the last 15 minutes, and no collector
	// fails on any node.
	ReasonSending = "Sending"
	// ReasonIdle: all nodes with pods of the namespace are ready, but sent no record within the
	// last 15 minutes.
	ReasonIdle = "Idle"
	// ReasonNotAccepted: nothing is to be sent, because the condition Accepted is not true. The
	// message says if a node that does not know that yet may still send.
	ReasonNotAccepted = "NotAccepted"
	// ReasonNoPods: no agent reports a pod of the namespace on its node.
	ReasonNoPods = "NoPods"
	// ReasonNodesNotReady: the agents of some nodes can't send at present, as their reports say.
	ReasonNodesNotReady = "NodesNotReady"
)

// The type of a condition that a FlowExport has only while it is true.
const (
	// ConditionIncomplete: a node lost records within the last 15 minutes before it was known whose
	// they are. Some may have been of this namespace.
	ConditionIncomplete = "Incomplete"
)

// Reasons of the condition Incomplete of a FlowExport.
const (
	// ReasonRecordsLost: a node reports a loss.
	ReasonRecordsLost = "RecordsLost"
)

// Reasons of a node's entry for a FlowExport.
const (
	// ReasonTooMany: the node has more FlowExports than its agent sends for.
	ReasonTooMany = "TooMany"
	// ReasonIPFIXMissing: Open vSwitch does not send the node's records to the agent yet.
	ReasonIPFIXMissing = "IPFIXMissing"
	// ReasonInterfacesUnknown: the agent does not know which interfaces belong to which namespace now.
	ReasonInterfacesUnknown = "InterfacesUnknown"
)
