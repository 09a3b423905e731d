// Package readers restates what the readers of the collector lists do: what the Cluster Network
// Operator renders from the Network and the ConfigMap, and what ovnkube-node sets in Open vSwitch
// from that when it starts. Its tests hold Sluice to it: ovnkube-node takes what a review accepts,
// and the state that the agent computes is the one that ovnkube-node sets.
//
// The functions follow the sources named at each of them, at cluster-network-operator 2a6a57fef and
// ovn-kubernetes 8871cd9ce. They share no code with the packages that they are compared with.
package readers
