// Package agent keeps one node's Open vSwitch as the cluster's accepted configuration wants
// it, checks that records really leave, and reports it in the node's NodeFlowExport.
//
// One loop does one pass at a time: gather what is wanted, read what Open vSwitch was told,
// plan, write, read back, look at the collectors, report. A pass that finds nothing to do
// writes nothing, neither to Open vSwitch nor to the API server.
package agent
