// Package vap writes Sluice's rules and a cluster's FlowExportPolicies as
// ValidatingAdmissionPolicies: the same verdicts inside the API server, in CEL, where no
// webhook may run, or as a second line of defense. It is pure.
//
// The expressions need Kubernetes 1.31 or later: API servers before it refuse to store new
// expressions with ip() and cidr(). They are tested with the libraries of 1.31 and 1.37
// (test/parts/versions). All lists are literals in them: a parameter object would cost each
// request more than the rest of it.
package vap
