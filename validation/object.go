package validation

// Resource tells which kind of object is reviewed.
type Resource uint8

const (
	// Network is networks.operator.openshift.io/v1.
	Network Resource = iota
	// FlowsConfig is the ConfigMap ovs-flows-config, whose target the Cluster Network
	// Operator appends to the IPFIX collectors.
	FlowsConfig
	// Profile is flowexportprofiles.sluice.dev/v1alpha1.
	Profile
	// FlowCollector is flowcollectors.flows.netobserv.io of NetObserv, which sends flow records
	// as well.
	FlowCollector
	// FlowExport is flowexports.sluice.dev/v1alpha1, with which a namespace asks for the records of
	// its own pods.
	FlowExport
)

// String is the resource's plural name, as used in metrics.
func (r Resource) String() string {
	switch r {
	case FlowsConfig:
		return "configmaps"
	case Profile:
		return "flowexportprofiles"
	case FlowCollector:
		return "flowcollectors"
	case FlowExport:
		return "flowexports"
	case Network:
	}
	return "networks"
}

// OperatorUser is the Cluster Network Operator, which applies the whole object again and
// again and goes Degraded if that is refused. No policy may ever deny it something.
const OperatorUser = "system:serviceaccount:openshift-network-operator:cluster-network-operator"

// Names of the reviewed objects.
const (
	// ClusterName is the one Network.operator that the Cluster Network Operator reads.
	ClusterName = "cluster"
	// FlowsConfigName and FlowsConfigNamespace name the ConfigMap.
	FlowsConfigName      = "ovs-flows-config"
	FlowsConfigNamespace = "openshift-network-operator"
)

// Object holds the fields of a reviewed object that a verdict depends on, as the user
// wrote them.
type Object struct {
	Resource Resource
	// Name and Namespace; an empty name is not checked.
	Name, Namespace string
	// MergePatch says that the object is the body of a merge patch: null then removes a
	// key, and what the patch does not name is unknown.
	MergePatch bool
	// OwnerReferences is metadata.ownerReferences.
	OwnerReferences Value
	// Deleting says that the object has a deletion timestamp: only finalizers keep it.
	Deleting bool

	// Of a Network: spec.exportNetworkFlows. Of a FlowExport: spec, which has the same form.
	ExportNetworkFlows Value

	// Of a Network:
	ClusterNetwork  Value // spec.clusterNetwork
	ServiceNetwork  Value // spec.serviceNetwork
	NetworkType     Value // spec.defaultNetwork.type
	ManagementState Value // spec.managementState

	// Of a ConfigMap:
	Data       Value
	BinaryData Value

	// Of a FlowExportProfile:
	Profile Value // spec

	// Of a FlowCollector:
	Exporters       Value // spec.exporters
	DeploymentModel Value // spec.deploymentModel
	Kafka           Value // spec.kafka
	Loki            Value // spec.loki
	SpecNamespace   Value // spec.namespace
	AgentEnv        Value // spec.agent.ebpf.advanced.env
	ProcessorEnv    Value // spec.processor.advanced.env
}

// flowsField is the path of the lists in a Network.
const flowsField = "spec.exportNetworkFlows"

// specField is the path of the lists in a FlowExport.
const specField = "spec"

// managementField is the path of the managementState in a Network.
const managementField = "spec.managementState"
