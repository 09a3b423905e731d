// Package node runs what a cluster node runs of Open vSwitch: ovsdb-server, ovs-vswitchd,
// the bridge br-int with two pods on it, and OVN if asked; and collectors that receive
// what it exports. All of it are the real programs, each in folders of its own.
//
// As root, a Network is a set of network namespaces: one for each node, one for each pod
// and one, the outside, for the collectors. Without root there are no namespaces:
// everything is on loopback, and Open vSwitch runs with its dummy datapath, which takes
// packets from the command line.
package node
