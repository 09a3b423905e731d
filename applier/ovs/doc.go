// Package ovs holds what Open vSwitch is told about the export of flow records, as values:
// the rows of its tables NetFlow, sFlow and IPFIX, what a node's database says now, and the
// plan that leads from one to the other in a single transaction. It builds the arguments of
// ovs-vsctl and ovn-nbctl and reads what the tools, /proc and the log of ovs-vswitchd
// print. It runs nothing, knows no clock and no cluster.
//
// Facts about columns, ranges and defaults are those of ovs-vswitchd.conf.db(5) and, where
// it is wrong or silent, of vswitchd/bridge.c.
package ovs
