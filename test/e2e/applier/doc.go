// Package applier holds the end-to-end tests of sluice-agent: on a real API server with
// the agents' real accounts, real Open vSwitch and OVN on simulated nodes, and real
// collectors.
package applier
