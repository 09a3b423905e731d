// Package v1alpha1 holds Sluice's own objects: FlowExportProfile says how nodes export flow
// records, NodeFlowExport says what one node exports and whether it works.
//
// +kubebuilder:object:generate=true
// +groupName=sluice.dev
package v1alpha1
