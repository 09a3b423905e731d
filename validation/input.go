package validation

import "net/netip"

// Operation is what the user does to the object.
type Operation uint8

// The operations that are reviewed.
const (
	Create Operation = iota
	Update
	// Delete takes away all that the old object has. Nothing of it is malformed; only
	// policies judge it.
	Delete
)

// Resource tells which kind of object is reviewed.
type Resource uint8

const (
	// Network is networks.operator.openshift.io/v1.
	Network Resource = iota
	// FlowsConfig is the ConfigMap ovs-flows-config, whose target the Cluster Network
	// Operator appends to the IPFIX collectors.
	FlowsConfig
)

// String is the resource's plural name, as used in metrics.
func (r Resource) String() string {
	if r == FlowsConfig {
		return "configmaps"
	}
	return "networks"
}

// Where the objects that are reviewed live.
const (
	// ClusterName is the one Network.operator that the Cluster Network Operator reads.
	ClusterName = "cluster"
	// FlowsConfigName and FlowsConfigNamespace name the ConfigMap.
	FlowsConfigName      = "ovs-flows-config"
	FlowsConfigNamespace = "openshift-network-operator"
)

// Input is everything that a verdict depends on.
type Input struct {
	Operation Operation
	Object    Object
	// Old is the object as stored, for Update and Delete; nil where it is unknown.
	Old     *Object
	User    User
	Options Options
	// Policies judge who may send where. Nil means that there are none.
	Policies PolicySet
}

// Object holds the fields of a reviewed object that a verdict depends on, as the user
// wrote them.
type Object struct {
	Resource Resource
	// Name and Namespace; an empty name is not judged.
	Name, Namespace string
	// MergePatch says that the object is the body of a merge patch: null then removes a
	// key, and what the patch does not name is unknown.
	MergePatch bool

	// Of a Network:
	ExportNetworkFlows Value // spec.exportNetworkFlows
	ClusterNetwork     Value // spec.clusterNetwork
	ServiceNetwork     Value // spec.serviceNetwork
	NetworkType        Value // spec.defaultNetwork.type
	ManagementState    Value // spec.managementState

	// Of a ConfigMap:
	Data       Value
	BinaryData Value
}

// User is who makes the request.
type User struct {
	Name   string
	Groups []string
}

// Options are the administrator's settings. The zero value is the default.
type Options struct {
	// RejectNonCanonical refuses what would otherwise be put right (--normalization=reject).
	RejectNonCanonical bool
	// IPv6 accepts IPv6 collectors, for clusters whose Network CRD stores them (--ip-families).
	IPv6 bool
	// MaxFindings bounds the errors, the warnings and the denials of each enforcement that are
	// listed, so that the answer to a hostile list stays small; 0 is no bound. What is left out
	// is counted.
	MaxFindings int
}

// PolicySet judges well-formed changes. An implementation is immutable and safe for
// concurrent use.
type PolicySet interface {
	// Judge returns what the user may not do of this change, in stable order.
	Judge(User, Change) Judgement
}

// Change is what a request does to the exports of one object.
type Change struct {
	Resource Resource
	// Create says that there was no object before, and that the new one is whole.
	Create bool
	// Added and Removed are the difference to the old object; Result is what then stands.
	Added, Removed, Result []Export
	// MaxDenials bounds the denials of each enforcement that are listed; 0 is no bound.
	MaxDenials int
}

// Export is one collector in one list.
type Export struct {
	Format Format
	// Collector has no valid address where the ConfigMap names a port alone: it then stands
	// for each node's own address.
	Collector netip.AddrPort
	// Field is the path of the user's entry.
	Field    string
	Position Position
}
