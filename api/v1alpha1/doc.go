// Package v1alpha1 holds Sluice's own objects: FlowExportPolicy says who may configure which
// collectors, FlowExportProfile how nodes export flow records, and NodeFlowExport what one
// node exports and whether it works.
//
// +kubebuilder:object:generate=true
// +groupName=sluice.dev
package v1alpha1
