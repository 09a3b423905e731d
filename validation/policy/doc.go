// Package policy holds FlowExportPolicies as values: it converts the API objects, reads them
// from files, compiles them into a set that evaluates changes, audits what is stored, and
// explains what a user may do. It is pure.
//
// A [Set] is the [sluice/validation.PolicySet] of the product.
package policy
