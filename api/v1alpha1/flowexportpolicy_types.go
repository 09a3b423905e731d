package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlowExportPolicy says who may export the cluster's flow records where. It applies to the
// changes that a user makes to spec.exportNetworkFlows of the Network.operator "cluster", and
// to the target in the ConfigMap ovs-flows-config. Entries that a change does not touch are
// never evaluated.
//
// A user to whom no policy applies may make any well-formed change. As soon as a policy with
// allow rules applies, each collector that the user adds must match an allow rule of one of
// the policies that apply. A deny rule always wins.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster,shortName=fep,categories=sluice
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Enforcement",type=string,JSONPath=`.spec.enforcement`
// +kubebuilder:printcolumn:name="Subjects",type=string,JSONPath=`.spec.subjects[*].name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Enforced",type=string,JSONPath=`.status.conditions[?(@.type=="Enforced")].status`
// +kubebuilder:printcolumn:name="Violations",type=integer,JSONPath=`.status.violationCount`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type FlowExportPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec FlowExportPolicySpec `json:"spec"`
	// status says whether the policy is in force, and what in the cluster violates it.
	//
	// +optional
	Status *FlowExportPolicyStatus `json:"status,omitempty"`
}

// Enforcement is what happens to a change that a policy does not allow.
//
// +kubebuilder:validation:Enum=Deny;Warn;Audit
type Enforcement string

// The values of Enforcement.
const (
	EnforcementDeny  Enforcement = "Deny"
	EnforcementWarn  Enforcement = "Warn"
	EnforcementAudit Enforcement = "Audit"
)

// Removal is what a user may remove.
//
// +kubebuilder:validation:Enum=Any;OnlyAllowed
type Removal string

// The values of Removal.
const (
	RemovalAny         Removal = "Any"
	RemovalOnlyAllowed Removal = "OnlyAllowed"
)

// FlowFormat is a format of flow records.
//
// +kubebuilder:validation:Enum=NetFlow;SFlow;IPFIX
type FlowFormat string

// The formats.
const (
	FormatNetFlow FlowFormat = "NetFlow"
	FormatSFlow   FlowFormat = "SFlow"
	FormatIPFIX   FlowFormat = "IPFIX"
)

// FlowExportPolicySpec says what the policy restricts, and for which users.
//
// +kubebuilder:validation:XValidation:rule="has(self.allow) || has(self.deny) || has(self.required) || has(self.maxCollectors) || self.removal == 'OnlyAllowed'",message="the policy restricts nothing; write at least one of allow, deny, required, maxCollectors or removal: OnlyAllowed"
type FlowExportPolicySpec struct {
	// subjects are the users to whom the policy applies. Without any it applies to everyone.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Subjects []PolicySubject `json:"subjects,omitempty"`

	// exempt are users to whom the policy does not apply, even if they are among its
	// subjects. The Cluster Network Operator is always exempt.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Exempt []PolicySubject `json:"exempt,omitempty"`

	// enforcement is what happens to a change that is not allowed. With Deny, it is denied with HTTP
	// status 403. With Warn, it is accepted, and the user is warned of what Deny would deny. With
	// Audit, it is accepted and reported in the audit log, in metrics and in this object's status.
	//
	// +kubebuilder:default=Deny
	// +optional
	Enforcement Enforcement `json:"enforcement,omitempty"`

	// allow lists the collectors that may be added. A collector needs one matching rule, from
	// any policy that applies to the user. A rule without fields matches every collector.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Allow []PolicyRule `json:"allow,omitempty"`

	// deny lists the collectors that may not be added, even if an allow rule matches. A rule
	// without fields matches every collector.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Deny []PolicyRule `json:"deny,omitempty"`

	// required lists collectors of the Network that may not be removed. If one is missing
	// already, the status reports a violation; other changes are still accepted.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=30
	Required []RequiredCollector `json:"required,omitempty"`

	// maxCollectors is the largest number of collectors of one format that an object may have
	// after the user added one. If there are more already, they may stay or be removed.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	MaxCollectors *int32 `json:"maxCollectors,omitempty"`

	// removal says which collectors may be removed: Any, or OnlyAllowed, those that an allow rule
	// of a policy that applies to the user matches. With OnlyAllowed, a team that shares a list
	// with others cannot remove their collectors.
	//
	// +kubebuilder:default=Any
	// +optional
	Removal Removal `json:"removal,omitempty"`
}

// PolicySubject is a user, a group of users, or a service account, as the API server
// authenticates them; "kubectl auth whoami" prints both names.
//
// +kubebuilder:validation:XValidation:rule="self.kind == 'ServiceAccount' || !has(self.__namespace__)",message="only a ServiceAccount has a namespace; remove it, or write kind: ServiceAccount",fieldPath=".namespace"
// +kubebuilder:validation:XValidation:rule="self.kind != 'ServiceAccount' || has(self.__namespace__)",message="a ServiceAccount needs its namespace"
// +kubebuilder:validation:XValidation:rule="self.kind != 'ServiceAccount' || self.name.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="not the name of a ServiceAccount, which has lower-case letters, digits, '-' and '.' only; for a name such as system:serviceaccount:NAMESPACE:NAME write kind: User",fieldPath=".name"
type PolicySubject struct {
	// kind is User, Group or ServiceAccount.
	//
	// +kubebuilder:validation:Enum=User;Group;ServiceAccount
	Kind string `json:"kind"`

	// name of the user, group or service account, in full; there are no wildcards.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// namespace of a ServiceAccount.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="not the name of a namespace, which has lower-case letters, digits and '-' only"
	Namespace string `json:"namespace,omitempty"`
}

// PolicyRule matches collectors. Every field that is set must match.
type PolicyRule struct {
	// formats that match: NetFlow, SFlow or IPFIX. Without any, all formats match.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=3
	Formats []FlowFormat `json:"formats,omitempty"`

	// destinations are networks, such as 10.20.0.0/16 or 2001:db8::/32. A collector matches if
	// its address is in one of them. Without any, all addresses match. The ConfigMap's nodePort
	// means the address of each node, which is certain to be only in 0.0.0.0/0 and ::/0.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Destinations []Destination `json:"destinations,omitempty"`

	// ports are the UDP ports that match, each a number or a range such as 2055-2056. Without
	// any, all ports match.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Ports []PortRange `json:"ports,omitempty"`
}

// Destination is a network in CIDR notation, in canonical form and without host bits. The
// schema checks the notation only: the CEL functions that could check the rest are unknown to
// Kubernetes before 1.31, and cost too much before 1.32. Sluice reports it in the status.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=43
// +kubebuilder:validation:Format=cidr
type Destination string

// PortRange is a UDP port, or a range of them.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=11
// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?$') && self.split('-').all(p, int(p) <= 65535) && int(self.split('-')[0]) <= int(self.split('-')[self.split('-').size() - 1])",message="not a port from 1 to 65535 or a range of them; write it as \"2055\" or \"2055-2056\""
type PortRange string

// RequiredCollector is a collector that may not be removed.
type RequiredCollector struct {
	// format is the list that contains the collector.
	Format FlowFormat `json:"format"`

	// collector is the address and port, as in the list: 10.0.0.5:4739 or [2001:db8::1]:4739.
	// An IPv6 address must be in canonical form; if it is not, the status reports it.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=53
	// +kubebuilder:validation:XValidation:rule="self.matches('^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|[[][0-9a-f]*:[0-9a-f:]*[]]):[1-9][0-9]{0,4}$') && int(self.substring(self.lastIndexOf(':') + 1)) <= 65535",message="not a collector in canonical form; write address and port as 10.0.0.5:4739 or [2001:db8::1]:4739"
	Collector string `json:"collector"`
}

// FlowExportPolicyStatus is what Sluice observed.
type FlowExportPolicyStatus struct {
	// observedGeneration is the generation of the policy that this status is about.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready (the policy is in force as written), Compliant (nothing that is
	// stored violates it) and Enforced (the API server calls Sluice's webhook).
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

// FlowExportPolicyList is a list of policies.
//
// +kubebuilder:object:root=true
type FlowExportPolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []FlowExportPolicy `json:"items"`
}
