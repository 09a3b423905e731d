package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlowExportProfile configures how the nodes that it selects export flow records: the sampling
// rate, timeouts and caches, and whether the nodes export at all. The collectors are configured
// in spec.exportNetworkFlows of the Network.operator "cluster", and only there.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=fxp,categories=sluice
// +kubebuilder:printcolumn:name="Priority",type=integer,JSONPath=`.spec.priority`
// +kubebuilder:printcolumn:name="Export",type=boolean,JSONPath=`.spec.export`
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.mode`
// +kubebuilder:printcolumn:name="sFlow 1/n",type=integer,JSONPath=`.spec.sFlow.sampling`
// +kubebuilder:printcolumn:name="IPFIX 1/n",type=integer,JSONPath=`.spec.ipfix.sampling`
// +kubebuilder:printcolumn:name="Drops",type=integer,JSONPath=`.spec.drops.collectorSet`
// +kubebuilder:printcolumn:name="Nodes",type=integer,JSONPath=`.status.effectiveNodes`
// +kubebuilder:printcolumn:name="Accepted",type=string,JSONPath=`.status.conditions[?(@.type=="Accepted")].status`
// +kubebuilder:printcolumn:name="Conflict",type=string,JSONPath=`.status.conditions[?(@.type=="Conflict")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Matched",type=integer,priority=1,JSONPath=`.status.matchedNodes`
// +kubebuilder:printcolumn:name="Effective",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Effective")].reason`
type FlowExportProfile struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec FlowExportProfileSpec `json:"spec"`

	// +optional
	Status FlowExportProfileStatus `json:"status,omitempty"`
}

// ProfileMode is what the agents on the selected nodes may do.
//
// +kubebuilder:validation:Enum=Enforce;Observe
type ProfileMode string

// The modes.
const (
	ProfileModeEnforce ProfileMode = "Enforce" // applies what was accepted
	ProfileModeObserve ProfileMode = "Observe" // reads and reports, and writes nothing to Open vSwitch
)

// FlowExportProfileSpec is the configuration. Fields that are not set keep the values of
// OVN-Kubernetes.
//
// +kubebuilder:validation:XValidation:rule="(has(self.allowUnsampled) && self.allowUnsampled) || !(has(self.sFlow) && has(self.sFlow.sampling) && self.sFlow.sampling == 1)",message="sFlow.sampling: 1 sends every packet through ovs-vswitchd and can overload the node; write 2 or more (400 is usual), or set allowUnsampled: true",fieldPath=".sFlow.sampling"
// +kubebuilder:validation:XValidation:rule="(has(self.allowUnsampled) && self.allowUnsampled) || !(has(self.ipfix) && has(self.ipfix.sampling) && self.ipfix.sampling == 1)",message="ipfix.sampling: 1 sends every packet through ovs-vswitchd and can overload the node; write 2 or more (400 is usual), or set allowUnsampled: true",fieldPath=".ipfix.sampling"
type FlowExportProfileSpec struct {
	// nodeSelector selects nodes by their labels. If it is empty or not set, the profile selects
	// all nodes.
	//
	// +kubebuilder:validation:XValidation:rule="!has(self.matchExpressions) || self.matchExpressions.all(e, e.operator in ['In', 'NotIn', 'Exists', 'DoesNotExist'])",message="an operator is unknown, so the profile would select no node; use In, NotIn, Exists or DoesNotExist",fieldPath=".matchExpressions"
	// +kubebuilder:validation:XValidation:rule="!has(self.matchExpressions) || self.matchExpressions.all(e, !(e.operator in ['In', 'NotIn']) || (has(e.values) && e.values.size() > 0))",message="the operators In and NotIn require values",fieldPath=".matchExpressions"
	// +kubebuilder:validation:XValidation:rule="!has(self.matchExpressions) || self.matchExpressions.all(e, !(e.operator in ['Exists', 'DoesNotExist']) || !has(e.values) || e.values.size() == 0)",message="the operators Exists and DoesNotExist take no values",fieldPath=".matchExpressions"
	// +optional
	NodeSelector metav1.LabelSelector `json:"nodeSelector,omitempty"`

	// priority decides which profile applies if several select a node: the one with the highest
	// priority, and of equal ones the first by name. Profiles are not merged.
	//
	// +kubebuilder:default=0
	// +kubebuilder:validation:Minimum=-1000000
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	Priority int32 `json:"priority"`

	// export set to false switches export off on the selected nodes, no matter which
	// collectors are configured.
	//
	// +kubebuilder:default=true
	// +optional
	Export *bool `json:"export,omitempty"`

	// mode is what the agents on the selected nodes may do: Enforce, or Observe to only read and
	// report. Agents that run in mode observe or cleanup stay in that mode, no matter what a profile
	// says.
	//
	// +kubebuilder:default=Enforce
	// +optional
	Mode ProfileMode `json:"mode,omitempty"`

	// netFlow holds the parameters of NetFlow.
	//
	// +optional
	NetFlow *NetFlowParameters `json:"netFlow,omitempty"`

	// sFlow holds the parameters of sFlow.
	//
	// +optional
	SFlow *SFlowParameters `json:"sFlow,omitempty"`

	// ipfix holds the parameters of IPFIX. They take precedence over those of the ConfigMap
	// ovs-flows-config.
	//
	// +optional
	IPFIX *IPFIXParameters `json:"ipfix,omitempty"`

	// drops sends IPFIX records of packets that OVN dropped, for example because of network
	// policies, to the IPFIX collectors. This requires OVN 23.03 or later, and an OVN northbound
	// database on each node, as with OVN-Kubernetes interconnect.
	//
	// +optional
	Drops *DropParameters `json:"drops,omitempty"`

	// allowUnsampled allows sampling: 1, which sends every packet through ovs-vswitchd.
	//
	// +optional
	AllowUnsampled bool `json:"allowUnsampled,omitempty"`
}

// NetFlowParameters are the parameters of NetFlow version 5.
type NetFlowParameters struct {
	// activeTimeout is the interval in seconds at which a long-lived flow is reported.
	// OVN-Kubernetes uses 60.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	// +optional
	ActiveTimeout *int32 `json:"activeTimeout,omitempty"`
}

// SFlowParameters are the parameters of sFlow version 5.
type SFlowParameters struct {
	// sampling is n for a sampling rate of 1 packet in n. Open vSwitch uses 400.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=2147483647
	// +optional
	Sampling *int32 `json:"sampling,omitempty"`

	// polling is the interval in seconds at which the counters of each interface are sent. Open
	// vSwitch uses 30.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	// +optional
	Polling *int32 `json:"polling,omitempty"`

	// headerBytes is the number of bytes that are sent of each sampled packet, from the start.
	// Open vSwitch uses 128: usually all headers and the start of the payload.
	//
	// +kubebuilder:validation:Minimum=14
	// +kubebuilder:validation:Maximum=256
	// +optional
	HeaderBytes *int32 `json:"headerBytes,omitempty"`

	// agent is the network interface (or IP address) that is reported as the sFlow agent
	// address. If the interface has no address, Open vSwitch disables sFlow and reports that
	// only in its log. OVN-Kubernetes uses ovn-k8s-mp0.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._:@-]*$`
	// +optional
	Agent string `json:"agent,omitempty"`
}

// IPFIXParameters are the parameters of IPFIX (RFC 7011).
type IPFIXParameters struct {
	// sampling is n for a sampling rate of 1 packet in n. OVN-Kubernetes uses 400.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	// +optional
	Sampling *int64 `json:"sampling,omitempty"`

	// cacheActiveTimeout is the maximum time in seconds for which packets of a flow are
	// aggregated into one record. It has no effect if cacheMaxFlows is 0. OVN-Kubernetes uses 60.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4200
	// +optional
	CacheActiveTimeout *int32 `json:"cacheActiveTimeout,omitempty"`

	// cacheMaxFlows is the maximum number of flows that are aggregated at a time. With 0, the
	// value of OVN-Kubernetes, each sampled packet is sent in its own datagram.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	// +optional
	CacheMaxFlows *int64 `json:"cacheMaxFlows,omitempty"`

	// templateInterval is the interval in seconds at which templates are sent. A collector that
	// starts in between can't decode records until the next one. Open vSwitch uses 600; other
	// values require version 3.2 or later.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	// +optional
	TemplateInterval *int32 `json:"templateInterval,omitempty"`

	// statsInterval is the interval in seconds at which the statistics of the exporting process
	// (RFC 7011, 4.3) are sent. Open vSwitch uses 600; other values require version 3.2 or later.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	// +optional
	StatsInterval *int32 `json:"statsInterval,omitempty"`

	// observationDomain is the observation domain of the node's records: Zero, the default of
	// Open vSwitch, or PerNode for a number derived from the node's name, so that collectors
	// behind address translation can distinguish nodes.
	//
	// +kubebuilder:default=Zero
	// +optional
	ObservationDomain ObservationDomain `json:"observationDomain,omitempty"`
}

// ObservationDomain selects how a node's observation domain is chosen.
//
// +kubebuilder:validation:Enum=Zero;PerNode
type ObservationDomain string

// The ways to choose an observation domain.
const (
	ObservationDomainZero    ObservationDomain = "Zero"
	ObservationDomainPerNode ObservationDomain = "PerNode"
)

// DropParameters configure the export of dropped packets.
type DropParameters struct {
	// collectorSet is the ID of the Flow_Sample_Collector_Set that Sluice creates.
	// OVN-Kubernetes uses 42 for its own sampling.
	//
	// +kubebuilder:default=4739
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:XValidation:rule="self != 42",message="42 is reserved for OVN-Kubernetes; use another number, or omit the field"
	// +optional
	CollectorSet int64 `json:"collectorSet,omitempty"`

	// domain becomes the 8 most significant bits of the records' observation domain; the other
	// bits are OVN's number of the logical switch or router. OVN refuses 255 (northd/debug.c).
	//
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=254
	// +optional
	Domain int32 `json:"domain,omitempty"`
}

// FlowExportProfileList is a list of FlowExportProfiles.
//
// +kubebuilder:object:root=true
type FlowExportProfileList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []FlowExportProfile `json:"items"`
}
