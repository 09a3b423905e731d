// Package preview works out what would change on a node if manifests were applied: the same
// goal and the same plan that the agent there would make.
package preview
