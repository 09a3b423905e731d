package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlowExportPolicyStatus is what Sluice observed.
type FlowExportPolicyStatus struct {
	// observedGeneration is the generation of the policy that this status is about.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready (the policy is in force as written), Compliant (nothing that is
	// stored violates it), Enforced (the API server calls Sluice's webhook) and RemovalEnforced
	// (the API server itself denies the removal of all collectors where the policy denies it).
	//
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// violationCount is the number of violations, including those that are not listed.
	//
	// +optional
	ViolationCount int32 `json:"violationCount"`

	// violations are the first 50 stored entries that violate the policy, no matter which user
	// stored them.
	//
	// +optional
	// +listType=atomic
	Violations []PolicyViolation `json:"violations,omitempty"`

	// flowExports counts the FlowExports in the namespaces that spec.namespaces names. It is missing
	// if the policy is about the cluster's lists.
	//
	// +optional
	FlowExports *PolicyFlowExports `json:"flowExports,omitempty"`
}

// PolicyFlowExports counts FlowExports.
type PolicyFlowExports struct {
	// accepted is how many are accepted.
	//
	// +optional
	Accepted int32 `json:"accepted"`

	// refused is how many are not accepted, because of this policy or for another reason, which the
	// condition Accepted of each says.
	//
	// +optional
	Refused int32 `json:"refused"`
}

// PolicyViolation is one stored entry that violates a policy.
type PolicyViolation struct {
	// resource is the object, such as networks.operator.openshift.io/cluster.
	Resource string `json:"resource"`
	// rule is the violated rule of the policy, such as deny[0].
	Rule string `json:"rule"`
	// field is the path in the object.
	//
	// +optional
	Field string `json:"field,omitempty"`
	// value is the entry.
	//
	// +optional
	Value string `json:"value,omitempty"`
	// message says why it is a violation.
	Message string `json:"message"`
	// since is when the violation was first seen.
	Since metav1.Time `json:"since"`
}
