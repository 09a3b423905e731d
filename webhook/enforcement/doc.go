// Package enforcement enforces the FlowExportPolicies of a cluster. It watches them, compiles
// them into a snapshot for the reviews, and reports in their status whether they are in force and
// what violates them in the cluster.
package enforcement
