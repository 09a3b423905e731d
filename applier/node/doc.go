// Package node talks to the Open vSwitch and OVN of the machine: it runs their programs,
// watches OVSDB, and reads the sockets and the log of ovs-vswitchd. It is the only package
// that starts processes.
package node
