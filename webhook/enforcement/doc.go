// Package enforcement keeps the FlowExportPolicies of a cluster in force: it watches them,
// compiles them into a snapshot that reviews are judged by, and reports in their status
// whether they are in force and what stands in the cluster against them.
package enforcement
