package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlowExportProfileStatus says which nodes a profile selects, and what it has no effect on. Sluice's
// controller writes it.
type FlowExportProfileStatus struct {
	// observedGeneration is the generation of the profile that this status is about.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// matchedNodes is the number of nodes that nodeSelector selects.
	//
	// +optional
	MatchedNodes int32 `json:"matchedNodes"`

	// effectiveNodes is the number of them on which this profile applies, because no other one has
	// precedence.
	//
	// +optional
	EffectiveNodes int32 `json:"effectiveNodes"`

	// conflicts are the first 10 profiles with the same priority that select some of the same nodes.
	//
	// +listType=map
	// +listMapKey=profile
	// +optional
	Conflicts []ProfileConflict `json:"conflicts,omitempty"`

	// conditions are Accepted, Effective and Conflict, and DropsExported if drops is set.
	//
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// ProfileConflict is another profile with the same priority.
type ProfileConflict struct {
	// profile is its name.
	Profile string `json:"profile"`

	// nodes is the number of nodes that both select. On each of them, the first of the two by name has
	// precedence.
	Nodes int32 `json:"nodes"`
}

// The conditions of a FlowExportProfile.
const (
	// ConditionAccepted: the profile can be read.
	ConditionAccepted = "Accepted"
	// ConditionEffective: the profile applies on at least one node.
	ConditionEffective = "Effective"
	// ConditionProfileConflict: another profile with the same priority selects some of the same nodes.
	ConditionProfileConflict = "Conflict"
	// ConditionDropsExported: there are IPFIX collectors for the records of dropped packets.
	ConditionDropsExported = "DropsExported"
)

// Reasons of the conditions of a FlowExportProfile.
const (
	// ReasonAccepted: the profile can be read.
	ReasonAccepted = "Accepted"
	// ReasonBadSelector: nodeSelector can't be read, so the profile selects no node.
	ReasonBadSelector = "BadSelector"
	// ReasonBadValue: a value of the profile can't be read.
	ReasonBadValue = "BadValue"
	// ReasonApplies: the profile applies on at least one node.
	ReasonApplies = "Applies"
	// ReasonNoNodes: nodeSelector selects no node.
	ReasonNoNodes = "NoNodes"
	// ReasonOverridden: on all nodes that it selects, another profile has precedence.
	ReasonOverridden = "Overridden"
	// ReasonEqualPriority: another profile has the same priority; the first by name has precedence.
	ReasonEqualPriority = "EqualPriority"
	// ReasonNoConflict: no other profile has the same priority and selects the same nodes.
	ReasonNoConflict = "NoConflict"
	// ReasonCollectors: there are IPFIX collectors.
	ReasonCollectors = "Collectors"
	// ReasonNoCollectors: there are no IPFIX collectors, so no records of dropped packets are sent.
	ReasonNoCollectors = "NoCollectors"
)
