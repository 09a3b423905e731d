package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// NodeFlowExport reports what one node exports: the desired configuration, the configuration in
// Open vSwitch, and whether records are sent. The agent on the node writes it; it is deleted with
// the Node.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=nfe,categories=sluice
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.status.mode`
// +kubebuilder:printcolumn:name="Applied",type=string,JSONPath=`.status.conditions[?(@.type=="Applied")].status`
// +kubebuilder:printcolumn:name="Exporting",type=string,JSONPath=`.status.conditions[?(@.type=="Exporting")].status`
// +kubebuilder:printcolumn:name="NetFlow",type=string,JSONPath=`.status.formats[?(@.format=="NetFlow")].summary`
// +kubebuilder:printcolumn:name="sFlow",type=string,JSONPath=`.status.formats[?(@.format=="SFlow")].summary`
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

// NodeFlowExportStatus is what the agent reported last.
type NodeFlowExportStatus struct {
	// observedGeneration is the generation of the Network.operator "cluster" that this report
	// is based on.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// networkUID is the UID of that Network.operator: one that is deleted and created again
	// starts at generation 1.
	//
	// +optional
	NetworkUID string `json:"networkUID,omitempty"`

	// observed identifies the other objects that this report is based on. It is missing while the
	// desired configuration is unknown.
	//
	// +optional
	Observed *ObservedInputs `json:"observed,omitempty"`

	// mode is what the agent may do: Enforce, Observe or Cleanup.
	//
	// +optional
	Mode Mode `json:"mode,omitempty"`

	// agentMode is the mode that the agent was started with. It differs from mode if the
	// FlowExportProfile sets the mode Observe.
	//
	// +optional
	AgentMode Mode `json:"agentMode,omitempty"`

	// profile is the FlowExportProfile that applies to the node, if any.
	//
	// +optional
	Profile string `json:"profile,omitempty"`

	// bridge is the bridge whose traffic is exported.
	//
	// +optional
	Bridge string `json:"bridge,omitempty"`

	// ovsVersion is the version of Open vSwitch, if it is stored in its database.
	//
	// +optional
	OVSVersion string `json:"ovsVersion,omitempty"`

	// unsupportedColumns are columns of Open vSwitch's database that the desired configuration needs,
	// and that the node's database does not have.
	//
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +optional
	UnsupportedColumns []string `json:"unsupportedColumns,omitempty"`

	// formats has an entry for each record format.
	//
	// +listType=map
	// +listMapKey=format
	// +optional
	Formats []FormatStatus `json:"formats,omitempty"`

	// drops is the state of the export of dropped packets.
	//
	// +optional
	Drops *DropsStatus `json:"drops,omitempty"`

	// flowExports has an entry for each accepted FlowExport of a namespace that has a pod on the
	// node. The agent sends for at most 256 of them, the oldest ones of each namespace first. Others
	// have the reason TooMany, as far as there is room in the list.
	//
	// +listType=map
	// +listMapKey=namespace
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=512
	// +optional
	FlowExports []NodeFlowExportEntry `json:"flowExports,omitempty"`

	// omittedFlowExports is how many more FlowExports there are than flowExports lists.
	//
	// +optional
	OmittedFlowExports int32 `json:"omittedFlowExports,omitempty"`

	// verification is the result of the last "kubectl sluice verify".
	//
	// +optional
	Verification *Verification `json:"verification,omitempty"`

	// conditions are Applied, Exporting, Synced, Drifted, Conflict, OVSReachable and PerformanceRisk.
	//
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// ObservedInputs identifies the objects, in addition to the Network.operator, that a report is based
// on.
type ObservedInputs struct {
	// profileUID is the UID of the FlowExportProfile that applies to the node; missing if none does.
	//
	// +optional
	ProfileUID string `json:"profileUID,omitempty"`

	// profileGeneration is the generation of that FlowExportProfile; 0 if none applies.
	ProfileGeneration int64 `json:"profileGeneration"`

	// flowsConfig is a hash of the data of the ConfigMap ovs-flows-config; missing if it does not
	// exist. A ConfigMap has no generation, and its resource version also changes with its metadata.
	//
	// +optional
	FlowsConfig string `json:"flowsConfig,omitempty"`
}

// Mode is what an agent may do.
//
// +kubebuilder:validation:Enum=Enforce;Observe;Cleanup
type Mode string

// The modes.
const (
	ModeEnforce Mode = "Enforce" // applies what was accepted
	ModeObserve Mode = "Observe" // reads and reports, and writes nothing to Open vSwitch
	ModeCleanup Mode = "Cleanup" // removes what Sluice configured
)

// FormatStatus is the state of one format.
type FormatStatus struct {
	// format is NetFlow, SFlow or IPFIX.
	Format FlowFormat `json:"format"`

	// summary is a short form of this entry, such as "2 idle" or "off".
	//
	// +optional
	Summary string `json:"summary,omitempty"`

	// class says how the configuration in Open vSwitch relates to the desired one: InSync,
	// Missing, Drifted, Foreign or Extra. It is missing if that is unknown.
	//
	// +optional
	Class DriftClass `json:"class,omitempty"`

	// desired is the desired configuration; missing if nothing is to be exported.
	//
	// +optional
	Desired *Export `json:"desired,omitempty"`

	// applied is the configuration in Open vSwitch; missing if nothing is configured.
	//
	// +optional
	Applied *Export `json:"applied,omitempty"`

	// row is the UUID of that configuration's row in Open vSwitch's database.
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
	DriftInSync  DriftClass = "InSync"  // as desired, no matter which program wrote it
	DriftMissing DriftClass = "Missing" // desired, but absent
	DriftDrifted DriftClass = "Drifted" // Sluice's or the cluster's own row, but not as desired
	DriftForeign DriftClass = "Foreign" // another program's row, and not as desired
	DriftExtra   DriftClass = "Extra"   // Sluice's or the cluster's own row, but not desired
)

// Export is the configuration of an exporter.
type Export struct {
	// targets are the collectors' addresses and ports.
	//
	// +listType=atomic
	Targets []string `json:"targets"`

	// omittedTargets is how many more targets the row has that another program wrote.
	//
	// +optional
	OmittedTargets int32 `json:"omittedTargets,omitempty"`

	// parameters are the columns that are set in Open vSwitch's table, by name.
	//
	// +optional
	Parameters map[string]string `json:"parameters,omitempty"`
}

// CollectorStatus is the state of one collector.
type CollectorStatus struct {
	// target is the collector's address and port.
	Target string `json:"target"`

	// state is Sending if Open vSwitch's counters show that datagrams were sent within the last
	// 15 minutes, which it counts for IPFIX only; Idle if ovs-vswitchd has a socket of its own
	// for the collector and no datagram was refused; Refused if the collector's host reports
	// that nothing listens there, or a machine on the way that datagrams do not arrive; NotOpen
	// if ovs-vswitchd has no socket that it can send with, or if nothing leaves the node because
	// the collector in the node's own network, or the gateway to it, does not answer; and
	// Unknown if the agent can't tell. UDP has no acknowledgments: no state proves that a
	// collector received a record.
	State CollectorState `json:"state"`

	// reason says why the state is NotOpen, Refused or Unknown, and how to fix it.
	//
	// +optional
	Reason string `json:"reason,omitempty"`

	// since is when the collector entered the state.
	//
	// +optional
	Since metav1.Time `json:"since,omitempty"`
}

// CollectorState is what the node can observe of a collector.
//
// +kubebuilder:validation:Enum=Sending;Idle;Refused;NotOpen;Unknown
type CollectorState string

// The states of a collector.
const (
	CollectorSending CollectorState = "Sending"
	CollectorIdle    CollectorState = "Idle"
	CollectorRefused CollectorState = "Refused"
	CollectorNotOpen CollectorState = "NotOpen"
	CollectorUnknown CollectorState = "Unknown"
)

// DropsStatus is the state of the export of dropped packets.
type DropsStatus struct {
	// state is Sampling; Failed with a message; Unknown if OVN's database can't be read; or Unwanted
	// if dropped packets are still exported although they are not to be, or still to collectors that
	// are not desired.
	State DropsState `json:"state"`

	// collectorSet is the ID of the Flow_Sample_Collector_Set in use.
	//
	// +optional
	CollectorSet int64 `json:"collectorSet,omitempty"`

	// domain is the first byte of the records' observation domain.
	//
	// +optional
	Domain int32 `json:"domain,omitempty"`

	// message says why the export failed, and how to fix it, what is exported although it is not to be,
	// or why the domain is not that of the FlowExportProfile.
	//
	// +optional
	Message string `json:"message,omitempty"`
}

// DropsState says whether dropped packets are exported.
//
// +kubebuilder:validation:Enum=Sampling;Failed;Unknown;Unwanted
type DropsState string

// The states of the export of dropped packets.
const (
	DropsSampling DropsState = "Sampling" // OVN samples dropped packets
	DropsFailed   DropsState = "Failed"   // they can't be exported
	DropsUnknown  DropsState = "Unknown"  // OVN's database can't be read
	DropsUnwanted DropsState = "Unwanted" // they are exported although they are not to be, or to collectors that are not desired
)

// AgentNamespace is where the agents run, and where each renews a Lease with the name of its
// node: a report may be old, and the Lease says whether the agent is alive.
const AgentNamespace = "sluice-agent"

// AgentDaemonSet is the DaemonSet there. Its node selector and node affinity say which nodes have an
// agent.
const AgentDaemonSet = "sluice-agent"

// AnnotationVerify requests a verification from a node's agent. Its value is when the
// verification ends, as an RFC 3339 time, at most 10 minutes ahead. Several requests share one
// verification: their times are separated by commas, and it goes on until the last of them.
const AnnotationVerify = GroupName + "/verify"

// NodeFlowExportList is a list of NodeFlowExports.
//
// +kubebuilder:object:root=true
type NodeFlowExportList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []NodeFlowExport `json:"items"`
}
