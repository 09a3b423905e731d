// Package desired computes what a node is to export: the collectors of the Network.operator
// and of the ConfigMap ovs-flows-config, with the parameters that OVN-Kubernetes sets and
// those of the FlowExportProfile that selects the node.
//
// It reads the objects that it is given and calls nothing.
package desired
