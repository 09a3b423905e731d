package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlowExportProfile says how the nodes that it selects export flow records: how often they
// sample, how long they collect, and whether they export at all. Where records go is said
// by spec.exportNetworkFlows of the Network.operator "cluster", and only there.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster,shortName=fxp,categories=sluice
// +kubebuilder:printcolumn:name="Priority",type=integer,JSONPath=`.spec.priority`
// +kubebuilder:printcolumn:name="Export",type=boolean,JSONPath=`.spec.export`
// +kubebuilder:printcolumn:name="sFlow 1/n",type=integer,JSONPath=`.spec.sFlow.sampling`
// +kubebuilder:printcolumn:name="IPFIX 1/n",type=integer,JSONPath=`.spec.ipfix.sampling`
// +kubebuilder:printcolumn:name="Drops",type=integer,JSONPath=`.spec.drops.collectorSet`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type FlowExportProfile struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec FlowExportProfileSpec `json:"spec"`
}

// FlowExportProfileSpec is what is wanted. What is left out is as OVN-Kubernetes has it.
//
// +kubebuilder:validation:XValidation:rule="(has(self.allowUnsampled) && self.allowUnsampled) || !(has(self.sFlow) && has(self.sFlow.sampling) && self.sFlow.sampling == 1)",message="sFlow.sampling: 1 sends every packet through ovs-vswitchd and can overload the node; write 2 or more (400 is usual), or set allowUnsampled: true",fieldPath=".sFlow.sampling"
// +kubebuilder:validation:XValidation:rule="(has(self.allowUnsampled) && self.allowUnsampled) || !(has(self.ipfix) && has(self.ipfix.sampling) && self.ipfix.sampling == 1)",message="ipfix.sampling: 1 sends every packet through ovs-vswitchd and can overload the node; write 2 or more (400 is usual), or set allowUnsampled: true",fieldPath=".ipfix.sampling"
type FlowExportProfileSpec struct {
	// nodeSelector selects nodes by their labels. If it is empty or missing, the profile is
	// for all nodes.
	//
	// +optional
	NodeSelector metav1.LabelSelector `json:"nodeSelector,omitempty"`

	// priority decides if several profiles select a node: the highest one counts, and of
	// equal ones the first by name. Profiles are not merged.
	//
	// +kubebuilder:default=0
	// +kubebuilder:validation:Minimum=-1000000
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	Priority int32 `json:"priority"`

	// export switches export on these nodes off if it is false, whatever the lists of
	// collectors say.
	//
	// +kubebuilder:default=true
	// +optional
	Export *bool `json:"export,omitempty"`

	// netFlow holds the parameters of NetFlow.
	//
	// +optional
	NetFlow *NetFlowParameters `json:"netFlow,omitempty"`

	// sFlow holds the parameters of sFlow.
	//
	// +optional
	SFlow *SFlowParameters `json:"sFlow,omitempty"`

	// ipfix holds the parameters of IPFIX. They come before those of the ConfigMap
	// ovs-flows-config.
	//
	// +optional
	IPFIX *IPFIXParameters `json:"ipfix,omitempty"`

	// drops sends IPFIX records of the packets that OVN dropped, by network policies for
	// example, to the IPFIX collectors. OVN 23.03 or newer does this. The node must have an
	// OVN northbound database of its own, as it has with OVN-Kubernetes' interconnect.
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
	// activeTimeout is how often a busy flow is reported, in seconds. OVN-Kubernetes uses
	// 60.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	// +optional
	ActiveTimeout *int32 `json:"activeTimeout,omitempty"`
}

// SFlowParameters are the parameters of sFlow version 5.
type SFlowParameters struct {
	// sampling exports 1 packet in this many. Open vSwitch uses 400.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=2147483647
	// +optional
	Sampling *int32 `json:"sampling,omitempty"`

	// polling is how often the counters of each interface are sent, in seconds. Open vSwitch
	// uses 30.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	// +optional
	Polling *int32 `json:"polling,omitempty"`

	// headerBytes is how much of a sampled packet is sent, from its first byte on. Open
	// vSwitch uses 128: usually all headers and the start of the payload.
	//
	// +kubebuilder:validation:Minimum=14
	// +kubebuilder:validation:Maximum=256
	// +optional
	HeaderBytes *int32 `json:"headerBytes,omitempty"`

	// agent is the device whose address names the node in its datagrams, or such an
	// address. If it has no address, Open vSwitch switches sFlow off and says so only in its
	// log. OVN-Kubernetes uses ovn-k8s-mp0.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._:@-]*$`
	// +optional
	Agent string `json:"agent,omitempty"`
}

// IPFIXParameters are the parameters of IPFIX (RFC 7011).
type IPFIXParameters struct {
	// sampling exports 1 packet in this many. OVN-Kubernetes uses 400.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	// +optional
	Sampling *int64 `json:"sampling,omitempty"`

	// cacheActiveTimeout is how long packets of one flow are gathered into one record, in
	// seconds. It has no effect while cacheMaxFlows is 0. OVN-Kubernetes uses 60.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4200
	// +optional
	CacheActiveTimeout *int32 `json:"cacheActiveTimeout,omitempty"`

	// cacheMaxFlows is how many flows are gathered at a time. With 0, as OVN-Kubernetes has
	// it, each sampled packet is a datagram of its own.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	// +optional
	CacheMaxFlows *int64 `json:"cacheMaxFlows,omitempty"`

	// templateInterval is how often templates are sent, in seconds. A collector that starts
	// later understands nothing until then. Open vSwitch uses 600, and can be told since
	// version 3.2.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	// +optional
	TemplateInterval *int32 `json:"templateInterval,omitempty"`

	// statsInterval is how often the statistics of the exporting process (RFC 7011, 4.3) are
	// sent, in seconds. Open vSwitch uses 600, and can be told since version 3.2.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	// +optional
	StatsInterval *int32 `json:"statsInterval,omitempty"`

	// observationDomain is the observation domain of the node's records: Zero for all nodes,
	// as Open vSwitch has it, or PerNode for a number that is made of the node's name, so
	// that collectors behind address translation can tell nodes apart.
	//
	// +kubebuilder:default=Zero
	// +optional
	ObservationDomain ObservationDomain `json:"observationDomain,omitempty"`
}

// ObservationDomain says how a node's observation domain is chosen.
//
// +kubebuilder:validation:Enum=Zero;PerNode
type ObservationDomain string

// The ways to choose an observation domain.
const (
	ObservationDomainZero    ObservationDomain = "Zero"
	ObservationDomainPerNode ObservationDomain = "PerNode"
)

// DropParameters say how dropped packets are exported.
type DropParameters struct {
	// collectorSet is the number of the Flow_Sample_Collector_Set that is made for it.
	// OVN-Kubernetes uses 42 for its own sampling.
	//
	// +kubebuilder:default=4739
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:XValidation:rule="self != 42",message="42 is OVN-Kubernetes' own; choose another number, or leave it out"
	// +optional
	CollectorSet int64 `json:"collectorSet,omitempty"`

	// domain becomes the 8 most significant bits of the records' observation domain, the
	// rest of which is OVN's number of the logical switch or router.
	//
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=255
	// +optional
	Domain int32 `json:"domain,omitempty"`
}

// FlowExportProfileList is a list of profiles.
//
// +kubebuilder:object:root=true
type FlowExportProfileList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []FlowExportProfile `json:"items"`
}
