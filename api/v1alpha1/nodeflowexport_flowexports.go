package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// NodeFlowExportEntry is what a node sends for one accepted FlowExport of a namespace that has a pod
// on the node.
type NodeFlowExportEntry struct {
	// namespace is the namespace of the FlowExport.
	//
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`

	// name is the name of the FlowExport.
	//
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// uid is the UID of the FlowExport: one that is deleted and created again starts at
	// generation 1.
	//
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid"`

	// generation is the generation of the FlowExport that this entry is based on.
	Generation int64 `json:"generation"`

	// reason says in one word why the node does not send; missing if it does.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Reason string `json:"reason,omitempty"`

	// message says why the node does not send, and how to fix it.
	//
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Message string `json:"message,omitempty"`

	// collectors has an entry for each collector.
	//
	// +listType=map
	// +listMapKey=target
	// +kubebuilder:validation:MaxItems=4
	// +optional
	Collectors []CollectorStatus `json:"collectors,omitempty"`

	// records is the number of records that were sent since the agent started, each counted once,
	// however many collectors there are.
	Records int64 `json:"records"`

	// dropped is the number of records that one collector, the one with the most, was not sent since
	// the agent started: the queue for it was full, the node could not send to it, or a record did
	// not fit a datagram.
	Dropped int64 `json:"dropped"`

	// incomplete says that the node lost records within the last 15 minutes before it was known whose
	// they are. Some may have been of this namespace.
	//
	// +optional
	Incomplete bool `json:"incomplete,omitempty"`

	// lastRecord is when the last record was sent.
	//
	// +optional
	LastRecord *metav1.Time `json:"lastRecord,omitempty"`
}
