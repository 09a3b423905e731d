// Package agent keeps one node's Open vSwitch in the state that the cluster's accepted
// configuration describes, checks whether records are sent, and reports the result in the node's
// NodeFlowExport.
//
// One loop reconciles: compute the desired state, read Open vSwitch, plan, write, read back,
// check the collectors, report. If nothing has to change, nothing is written, neither to Open
// vSwitch nor to the API server.
package agent
