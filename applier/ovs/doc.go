// Package ovs holds Open vSwitch's configuration of flow export as values: the rows of its
// tables NetFlow, sFlow and IPFIX, the state of a node's database, and the plan that leads
// from one state to another in a single transaction. It builds the arguments of
// ovs-vsctl and ovn-nbctl and reads what the tools, /proc and the log of ovs-vswitchd
// print. It runs nothing, knows no clock and no cluster.
//
// Facts about columns, ranges and defaults are those of ovs-vswitchd.conf.db(5) and, where
// it is wrong or silent, of vswitchd/bridge.c.
package ovs
