// Package source connects an agent to the API server: it watches what says what the agent's
// node is to export, stores the node's NodeFlowExport, and renews the Lease that says that
// the agent is alive.
package source
