// Package preview computes what would change on a node if manifests were applied, with the
// desired state and the plan that the agent of the node would make.
package preview
