// Package policy turns FlowExportPolicy objects into the policies that the core judges by,
// reads them from files, and explains them. It is pure.
package policy
