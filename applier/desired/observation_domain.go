package desired

import (
	"hash/fnv"
	"strconv"

	"sluice/api/v1alpha1"
)

// domainOf is the observation domain of a node's records; empty for Open vSwitch's default,
// which is 0. PerNode is a number by which collectors can tell nodes apart: never 0, which
// identifies nothing (RFC 7011, 3.1).
func domainOf(domain v1alpha1.ObservationDomain, node string) string {
	if domain != v1alpha1.ObservationDomainPerNode {
		return ""
	}
	return strconv.FormatUint(uint64(NodeDomain(node)), 10)
}

// FlowExportDomain is the observation domain of what a node sends for a FlowExport: collectors tell it by that
// from what the node sends for others.
func FlowExportDomain(node, uid string) uint32 { return NodeDomain(node + "/" + uid) }

// NodeDomain is the observation domain PerNode of a node.
func NodeDomain(node string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(node)) // never fails
	return max(h.Sum32(), 1)
}
