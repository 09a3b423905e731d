package v1alpha1

// SamplingBounds are the bounds of a sampling rate of 1 packet in n.
//
// +kubebuilder:validation:XValidation:rule="has(self.min) || has(self.max)",message="bounds nothing; write min, max or both"
// +kubebuilder:validation:XValidation:rule="!has(self.min) || !has(self.max) || self.min <= self.max",message="min is greater than max; write a range that holds at least one number"
type SamplingBounds struct {
	// min is the smallest n that is allowed.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	Min *int64 `json:"min,omitempty"`

	// max is the greatest n that is allowed.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	Max *int64 `json:"max,omitempty"`
}

// CacheActiveTimeoutBounds are the bounds of a time in seconds.
//
// +kubebuilder:validation:XValidation:rule="has(self.min) || has(self.max)",message="bounds nothing; write min, max or both"
// +kubebuilder:validation:XValidation:rule="!has(self.min) || !has(self.max) || self.min <= self.max",message="min is greater than max; write a range that holds at least one number"
type CacheActiveTimeoutBounds struct {
	// min is the shortest time that is allowed, in seconds.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4200
	Min *int64 `json:"min,omitempty"`

	// max is the longest time that is allowed, in seconds.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4200
	Max *int64 `json:"max,omitempty"`
}

// CacheMaxFlowsBounds are the bounds of a number of flows.
//
// +kubebuilder:validation:XValidation:rule="has(self.min) || has(self.max)",message="bounds nothing; write min, max or both"
// +kubebuilder:validation:XValidation:rule="!has(self.min) || !has(self.max) || self.min <= self.max",message="min is greater than max; write a range that holds at least one number"
type CacheMaxFlowsBounds struct {
	// min is the smallest number of flows that is allowed.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	Min *int64 `json:"min,omitempty"`

	// max is the greatest number of flows that is allowed.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	Max *int64 `json:"max,omitempty"`
}
