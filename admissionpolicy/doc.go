// Package admissionpolicy writes Sluice's rules and a cluster's FlowExportPolicies as
// ValidatingAdmissionPolicies: the same verdicts inside the API server, in CEL, where no
// webhook may run or as a second wall behind one. It is pure.
//
// The expressions need Kubernetes 1.31, whose CEL knows ip() and cidr(). All lists stand in
// them as literals: a parameter object would cost each request more than the rest of it.
package admissionpolicy
