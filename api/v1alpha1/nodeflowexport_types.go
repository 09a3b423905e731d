package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// NodeFlowExport says what one node exports: what is wanted, what Open vSwitch was told, and
// whether records really leave. The agent on the node writes it; it goes with the Node.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=nfe,categories=sluice
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.status.mode`
// +kubebuilder:printcolumn:name="Applied",type=string,JSONPath=`.status.conditions[?(@.type=="Applied")].status`
// +kubebuilder:printcolumn:name="Exporting",type=string,JSONPath=`.status.conditions[?(@.type=="Exporting")].status`
// +kubebuilder:printcolumn:name="NetFlow",type=string,JSONPath=`.status.formats[?(@.format=="NetFlow")].summary`
// +kubebuilder:printcolumn:name="sFlow",type=string,JSONPath=`.status.formats[?(@.format=="sFlow")].summary`
// +kubebuilder:printcolumn:name="IPFIX",type=string,JSONPath=`.status.formats[?(@.format=="IPFIX")].summary`
// +kubebuilder:printcolumn:name="Since",type=date,JSONPath=`.status.conditions[?(@.type=="Applied")].lastTransitionTime`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Applied")].reason`
// +kubebuilder:printcolumn:name="Profile",type=string,priority=1,JSONPath=`.status.profile`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Applied")].message`
type NodeFlowExport struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// +optional
	Status NodeFlowExportStatus `json:"status,omitempty"`
}

// NodeFlowExportStatus is what the agent saw last.
type NodeFlowExportStatus struct {
	// observedGeneration is the generation of the Network.operator "cluster" that the rest
	// is about.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// networkUID is the UID of that Network.operator: one that is deleted and made again
	// starts with generation 1 again.
	//
	// +optional
	NetworkUID string `json:"networkUID,omitempty"`

	// mode is what the agent may do: Enforce, Observe or Cleanup.
	//
	// +optional
	Mode Mode `json:"mode,omitempty"`

	// profile is the FlowExportProfile that counts for the node, if any.
	//
	// +optional
	Profile string `json:"profile,omitempty"`

	// bridge is the bridge whose traffic is exported.
	//
	// +optional
	Bridge string `json:"bridge,omitempty"`

	// ovsVersion is the version of Open vSwitch, where it says so.
	//
	// +optional
	OVSVersion string `json:"ovsVersion,omitempty"`

	// formats has an entry for each record format.
	//
	// +listType=map
	// +listMapKey=format
	// +optional
	Formats []FormatStatus `json:"formats,omitempty"`

	// drops is about the export of dropped packets.
	//
	// +optional
	Drops *DropsStatus `json:"drops,omitempty"`

	// verification is the result of the last "kubectl sluice verify".
	//
	// +optional
	Verification *Verification `json:"verification,omitempty"`

	// conditions are Applied, Exporting, Drifted, Conflict, OVSReachable and PerformanceRisk.
	//
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// Mode is what an agent may do.
//
// +kubebuilder:validation:Enum=Enforce;Observe;Cleanup
type Mode string

// The modes.
const (
	ModeEnforce Mode = "Enforce" // applies what was accepted
	ModeObserve Mode = "Observe" // reads and reports, writes nothing to Open vSwitch
	ModeCleanup Mode = "Cleanup" // removes what Sluice made
)

// FormatStatus is about one record format.
type FormatStatus struct {
	// format is NetFlow, sFlow or IPFIX.
	Format string `json:"format"`

	// summary is this entry in few words, such as "2 open" or "off".
	//
	// +optional
	Summary string `json:"summary,omitempty"`

	// class says how the configuration in Open vSwitch relates to the desired one: InSync,
	// Missing, Drifted, Foreign or Extra. It is missing if that is unknown.
	//
	// +optional
	Class DriftClass `json:"class,omitempty"`

	// desired is what is wanted; missing if nothing is.
	//
	// +optional
	Desired *Export `json:"desired,omitempty"`

	// applied is what Open vSwitch was told; missing if nothing.
	//
	// +optional
	Applied *Export `json:"applied,omitempty"`

	// row is the UUID of the row in Open vSwitch's database.
	//
	// +optional
	Row string `json:"row,omitempty"`

	// collectors has an entry for each applied target.
	//
	// +listType=map
	// +listMapKey=target
	// +optional
	Collectors []CollectorStatus `json:"collectors,omitempty"`
}

// DriftClass says how the configuration of a format in Open vSwitch relates to the desired
// one.
//
// +kubebuilder:validation:Enum=InSync;Missing;Drifted;Foreign;Extra
type DriftClass string

// The classes.
const (
	DriftInSync  DriftClass = "InSync"  // as desired, no matter who wrote it
	DriftMissing DriftClass = "Missing" // desired, but absent
	DriftDrifted DriftClass = "Drifted" // Sluice's or the cluster's own record, but not as desired
	DriftForeign DriftClass = "Foreign" // another writer's record, and not as desired
	DriftExtra   DriftClass = "Extra"   // Sluice's or the cluster's own record, but not desired
)

// Export is where records go and how they are made.
type Export struct {
	// targets are the collectors' addresses and ports.
	//
	// +listType=atomic
	Targets []string `json:"targets"`

	// parameters are the columns of Open vSwitch's table that are set.
	//
	// +optional
	Parameters map[string]string `json:"parameters,omitempty"`
}

// CollectorStatus is about one collector.
type CollectorStatus struct {
	// target is the collector's address and port.
	Target string `json:"target"`

	// state is Open if ovs-vswitchd has a socket for it and nothing was refused, NotOpen if
	// it has none, Refused if the collector's host says that nothing listens there, and
	// Unknown if the agent can't tell. UDP has no receipts: Open is the most that can be
	// seen from the node.
	State CollectorState `json:"state"`

	// reason says why, and what to do.
	//
	// +optional
	Reason string `json:"reason,omitempty"`

	// since is when the state began.
	//
	// +optional
	Since metav1.Time `json:"since,omitempty"`
}

// CollectorState is what can be seen of a collector from the node.
//
// +kubebuilder:validation:Enum=Open;NotOpen;Refused;Unknown
type CollectorState string

// The states of a collector.
const (
	CollectorOpen    CollectorState = "Open"
	CollectorNotOpen CollectorState = "NotOpen"
	CollectorRefused CollectorState = "Refused"
	CollectorUnknown CollectorState = "Unknown"
)

// DropsStatus is about the export of dropped packets.
type DropsStatus struct {
	// state is Sampling, or Failed with a message.
	State DropsState `json:"state"`

	// collectorSet and domain are as applied.
	//
	// +optional
	CollectorSet int64 `json:"collectorSet,omitempty"`
	// +optional
	Domain int32 `json:"domain,omitempty"`

	// message says what is wrong and what to do.
	//
	// +optional
	Message string `json:"message,omitempty"`
}

// DropsState is what became of the export of dropped packets.
//
// +kubebuilder:validation:Enum=Sampling;Failed
type DropsState string

// The states of the export of dropped packets.
const (
	DropsSampling DropsState = "Sampling" // OVN samples dropped packets
	DropsFailed   DropsState = "Failed"   // they can't be exported
)

// AgentNamespace is where the agents run, and where each keeps a Lease with the name of its
// node: a report says what was so when it was written, the Lease whether the agent is alive.
const AgentNamespace = "sluice-agent"

// AnnotationVerify asks a node's agent to verify that records leave. Its value is when to
// end, as an RFC 3339 time, at most 10 minutes ahead.
const AnnotationVerify = GroupName + "/verify"

// Verification is what a node's built-in collector received: it was a target beside the
// others for some time, on the node itself, so nothing left the node for it.
type Verification struct {
	// request is the annotation's value that asked for it.
	Request string `json:"request"`

	// phase is Running, Done or Refused.
	Phase VerificationPhase `json:"phase"`

	// message says why it was refused, or what is odd.
	//
	// +optional
	Message string `json:"message,omitempty"`

	// formats has an entry for each format that is exported.
	//
	// +listType=map
	// +listMapKey=format
	// +optional
	Formats []VerifiedFormat `json:"formats,omitempty"`
}

// VerificationPhase is how far a verification is.
//
// +kubebuilder:validation:Enum=Running;Done;Refused
type VerificationPhase string

// The phases.
const (
	VerificationRunning VerificationPhase = "Running"
	VerificationDone    VerificationPhase = "Done"
	VerificationRefused VerificationPhase = "Refused"
)

// VerifiedFormat counts what came of one format.
type VerifiedFormat struct {
	// format is NetFlow, sFlow or IPFIX.
	Format string `json:"format"`

	// datagrams, records and undecoded count what came; undecoded are IPFIX sets that came
	// before their template.
	Datagrams int64 `json:"datagrams"`
	Records   int64 `json:"records"`
	// +optional
	Undecoded int64 `json:"undecoded,omitempty"`
}

// NodeFlowExportList is a list of nodes' exports.
//
// +kubebuilder:object:root=true
type NodeFlowExportList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []NodeFlowExport `json:"items"`
}
