// Package node runs the Open vSwitch of a cluster node: ovsdb-server, ovs-vswitchd, the bridge br-int
// with two pods, and optionally OVN. It also runs collectors for its records. All of them are the
// real programs, each in its own folders.
//
// As root, a Network is a set of network namespaces: one for each node, one for each pod
// and one, the outside, for the collectors. Without root there are no namespaces:
// everything is on loopback, and Open vSwitch runs with its dummy datapath, which receives
// packets from the command line.
package node
