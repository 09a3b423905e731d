// Package nodes runs a whole cluster on this machine: an API server, simulated nodes with
// their own Open vSwitch, and sluice-agent on each of them, with the account, the rights
// and the token that it has on a real cluster.
package nodes
