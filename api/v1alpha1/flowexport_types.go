package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlowExport asks for the flow records of the pods in its own namespace, and of no others. On each
// node with a pod of the namespace, Sluice's agent selects the records of these pods and sends
// them to the collectors. A flow between two namespaces is in the records of both.
//
// A FlowExport needs a FlowExportPolicy of the platform team that names the namespace in
// spec.namespaces and has an allow rule for each collector. Without one, it is denied: the
// datagrams leave from the nodes, so the namespace's NetworkPolicies do not apply to them. Nothing
// is sent until the condition Accepted is true for the current generation.
//
// Which packets are sampled, and for how long packets are aggregated into one record, is the same
// for everyone on a node.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced,shortName=fex,categories=sluice
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Collectors",type=string,JSONPath=`.spec.ipfix.collectors`
// +kubebuilder:printcolumn:name="Accepted",type=string,JSONPath=`.status.conditions[?(@.type=="Accepted")].status`
// +kubebuilder:printcolumn:name="Exporting",type=string,JSONPath=`.status.conditions[?(@.type=="Exporting")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Exporting")].reason`
// +kubebuilder:printcolumn:name="Nodes",type=integer,JSONPath=`.status.nodesWanted`
// +kubebuilder:printcolumn:name="Sending",type=integer,JSONPath=`.status.nodesSending`
// +kubebuilder:printcolumn:name="Last Record",type=date,JSONPath=`.status.lastRecord`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Records",type=integer,JSONPath=`.status.records`,priority=1
// +kubebuilder:printcolumn:name="Incomplete",type=string,JSONPath=`.status.conditions[?(@.type=="Incomplete")].status`,priority=1
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Accepted")].message`,priority=1
type FlowExport struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec FlowExportSpec `json:"spec"`

	// status says whether the FlowExport is accepted, and what the nodes send. Sluice's controller
	// writes it.
	//
	// +optional
	Status *FlowExportStatus `json:"status,omitempty"`
}

// FlowExportSpec says to which collectors the records are sent.
type FlowExportSpec struct {
	// ipfix is the export in the format IPFIX, with templates, sequence numbers and observation
	// domains of this FlowExport alone.
	IPFIX FlowExportIPFIX `json:"ipfix"`
}

// FlowExportIPFIX lists IPFIX collectors.
type FlowExportIPFIX struct {
	// collectors are 1 to 4 addresses with ports, such as 10.20.0.5:4739 or [2001:db8::5]:4739. Each
	// receives all records of the namespace, over UDP. Host names are not possible. The port
	// of IPFIX is 4739; there is no default.
	//
	// The list is evaluated by the same rules as the lists of the Network.operator. Loopback,
	// link-local and multicast addresses are rejected: the datagrams leave from the nodes. To stop
	// the export, delete the FlowExport.
	//
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:XValidation:rule="self.all(c, self.exists_one(d, c == d))",message="lists a collector twice; list each one once"
	Collectors []FlowExportCollector `json:"collectors"`
}

// FlowExportCollector is the address and port of a collector in canonical form.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=53
// +kubebuilder:validation:XValidation:rule="self.matches('^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|[[][0-9a-f]*:[0-9a-f:]*[]]):[1-9][0-9]{0,4}$') && int(self.substring(self.lastIndexOf(':') + 1)) <= 65535",message="not a collector in canonical form; write address and port as 10.20.0.5:4739 or [2001:db8::5]:4739"
// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|24[0-9]|25[0-5])[.]') && !self.matches('^[[][0:]*[]]')",message="cannot be a destination; write the address that the collector listens on"
type FlowExportCollector string

// FlowExportStatus is what Sluice observed.
type FlowExportStatus struct {
	// observedGeneration is the generation of the FlowExport that this status is about. The agents
	// send nothing for a generation that is not observed yet.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Accepted (the policies allow each collector; it becomes false if a policy or
	// the namespace's labels change) and Exporting (records are sent). Incomplete is true while a
	// node reports that it lost records which may be of the namespace, and missing otherwise.
	//
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// nodesWanted is the number of nodes that are to send: those with a pod of the namespace whose
	// agent reports this FlowExport.
	//
	// +optional
	NodesWanted int32 `json:"nodesWanted"`

	// nodesSending is the number of nodes that sent a record to a collector within the last 15
	// minutes.
	//
	// +optional
	NodesSending int32 `json:"nodesSending"`

	// records is the number of records that the agents of these nodes sent since they started, each
	// counted once, however many collectors there are. It is updated at most once a minute.
	//
	// +optional
	Records int64 `json:"records"`

	// dropped is the number of records that these agents did not send, because their queue for a
	// collector was full, the node could not send to it, or a record did not fit a datagram. On each
	// node, the collector with the most counts.
	//
	// +optional
	Dropped int64 `json:"dropped"`

	// lastRecord is when the last record was sent, with a precision of a minute.
	//
	// +optional
	LastRecord *metav1.Time `json:"lastRecord,omitempty"`

	// collectors says for each collector on how many nodes it is in which state.
	//
	// +listType=map
	// +listMapKey=target
	// +kubebuilder:validation:MaxItems=4
	// +optional
	Collectors []FlowExportCollectorStatus `json:"collectors,omitempty"`
}

// FlowExportCollectorStatus counts the nodes by the state of one collector.
type FlowExportCollectorStatus struct {
	// target is the collector's address and port.
	Target string `json:"target"`

	// sending is the number of nodes that sent it a datagram within the last 15 minutes. UDP has no
	// acknowledgments: it may not have received it.
	//
	// +optional
	Sending int32 `json:"sending"`

	// idle is the number of nodes that had nothing to send.
	//
	// +optional
	Idle int32 `json:"idle"`

	// failing is the number of nodes on which the collector is refused or not open, or whose state
	// is unknown.
	//
	// +optional
	Failing int32 `json:"failing"`

	// reason is why it fails on one of these nodes.
	//
	// +optional
	Reason string `json:"reason,omitempty"`
}

// FlowExportList is a list of FlowExports.
//
// +kubebuilder:object:root=true
type FlowExportList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []FlowExport `json:"items"`
}
