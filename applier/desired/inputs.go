package desired

import (
	"net/netip"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Inputs are everything in the cluster that says what a node exports.
type Inputs struct {
	// Network is the Network.operator "cluster"; nil if there is none.
	Network *Network
	// FlowsConfig is the data of the ConfigMap ovs-flows-config; nil if there is none.
	FlowsConfig map[string]string
	Profiles    []v1alpha1.FlowExportProfile
	Node        Node
	// NodeMissing says that there is no Node of this name: nothing says then which profile
	// counts.
	NodeMissing bool
}

// Network is what counts of a Network.operator.
type Network struct {
	Object     validation.Object
	UID        string
	Generation int64
}

// Node is what counts of a Node.
type Node struct {
	Name   string
	UID    string
	Labels map[string]string
	// Address is the node's primary one.
	Address netip.Addr
}
