package desired

import (
	"net/netip"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Inputs are all objects of the cluster that determine what a node exports.
type Inputs struct {
	// Network is the Network.operator "cluster"; nil if it does not exist.
	Network *Network
	// FlowsConfig is the data of the ConfigMap ovs-flows-config; nil if it does not exist.
	FlowsConfig map[string]string
	Profiles    []v1alpha1.FlowExportProfile
	// ProfilesUnknown says why it is unknown which profiles there are; empty if it is known.
	ProfilesUnknown string
	// LastProfile is the profile that applied when it was last known; empty for none.
	LastProfile string
	// FlowExports are the accepted ones of all namespaces.
	FlowExports []FlowExport
	// DeniedFlowExports are the UIDs of those that no policy allows any more.
	DeniedFlowExports []string
	Node              Node
	// NodeMissing says that there is no Node of this name, so that it is unknown which profile
	// applies.
	NodeMissing bool
	// Unsynced are the resources that could not be read yet, so that nothing is known of them.
	Unsynced []string
}

// Network is what is used of a Network.operator.
type Network struct {
	Object     validation.Object
	UID        string
	Generation int64
}

// Node is what is used of a Node.
type Node struct {
	Name   string
	UID    string
	Labels map[string]string
	// Address is the first InternalIP, else the first ExternalIP; the zero Addr if the node has
	// neither.
	Address netip.Addr
}
