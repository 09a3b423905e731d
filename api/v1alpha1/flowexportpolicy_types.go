package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlowExportPolicy says who may send the cluster's flow records where. It judges what a user
// changes in spec.exportNetworkFlows of the Network.operator "cluster", and in the target of
// the ConfigMap ovs-flows-config; what stood there before is never judged.
//
// A user to whom no policy applies may do everything that is well-formed. As soon as a
// policy with allow rules applies, each collector that the user adds must match an allow
// rule of one of the policies that apply. A deny rule always wins.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster,shortName=fep,categories=sluice
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Enforcement",type=string,JSONPath=`.spec.enforcement`
// +kubebuilder:printcolumn:name="Subjects",type=string,JSONPath=`.spec.subjects[*].name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Violations",type=integer,JSONPath=`.status.violationCount`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type FlowExportPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec FlowExportPolicySpec `json:"spec"`
	// status says whether the policy is in force, and what stands in the cluster against it.
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
// +kubebuilder:validation:Enum=Any;Allowed
type Removal string

// The values of Removal.
const (
	RemovalAny     Removal = "Any"
	RemovalAllowed Removal = "Allowed"
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

// FlowExportPolicySpec is what is allowed to whom.
//
// +kubebuilder:validation:XValidation:rule="has(self.allow) || has(self.deny) || has(self.required) || has(self.maxCollectors) || self.removal == 'Allowed'",message="the policy restricts nothing; write at least one of allow, deny, required, maxCollectors or removal: Allowed"
type FlowExportPolicySpec struct {
	// subjects are the users to whom the policy applies. Without any it applies to everyone.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Subjects []PolicySubject `json:"subjects,omitempty"`

	// exempt are users to whom the policy doesn't apply, even if they are among its
	// subjects. The Cluster Network Operator is always exempt.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Exempt []PolicySubject `json:"exempt,omitempty"`

	// enforcement is what happens to a change that is not allowed. Deny refuses it with 403.
	// Warn lets it pass and tells the user what Deny would refuse. Audit lets it pass and
	// tells the audit log, the metrics and this object's status.
	//
	// +kubebuilder:default=Deny
	// +optional
	Enforcement Enforcement `json:"enforcement,omitempty"`

	// allow lists which collectors may be added. One matching rule suffices, of any policy
	// that applies to the user. A rule without fields matches every collector.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Allow []PolicyRule `json:"allow,omitempty"`

	// deny lists which collectors may not be added, whatever is allowed. A rule without
	// fields matches every collector.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Deny []PolicyRule `json:"deny,omitempty"`

	// required lists collectors of the Network's lists that may not be removed. One that is
	// missing already is a violation in this object's status, and hinders nobody.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=30
	Required []RequiredCollector `json:"required,omitempty"`

	// maxCollectors is how many collectors of a format there may be in one object after the
	// user has added one. Those that are too many already may stay, and be removed.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	MaxCollectors *int32 `json:"maxCollectors,omitempty"`

	// removal is what may be removed: Any collector, or only an Allowed one, which an allow
	// rule of a policy that applies to the user matches. So a team that shares a list with
	// others can't remove theirs.
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
	// formats that match: NetFlow, SFlow or IPFIX. All if there are none.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=3
	Formats []FlowFormat `json:"formats,omitempty"`

	// destinations are the networks that the collector's address may be in, such as
	// 10.20.0.0/16 or 2001:db8::/32. All if there are none. The ConfigMap's nodePort stands
	// for each node's own address, which only 0.0.0.0/0 and ::/0 are known to hold.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Destinations []Destination `json:"destinations,omitempty"`

	// ports are the UDP ports that match, each a number or a range such as 2055-2056. All if
	// there are none.
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

// RequiredCollector is a collector that must stay.
type RequiredCollector struct {
	// format is the list that the collector stands in.
	Format FlowFormat `json:"format"`

	// collector is its address and port, as in the list: 10.0.0.5:4739 or [2001:db8::1]:4739.
	// That an IPv6 address is in canonical form is for Sluice to check, which reports it in the
	// status.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=53
	// +kubebuilder:validation:XValidation:rule="self.matches('^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|[[][0-9a-f]*:[0-9a-f:]*[]]):[1-9][0-9]{0,4}$') && int(self.substring(self.lastIndexOf(':') + 1)) <= 65535",message="not a collector in canonical form; write address and port as 10.0.0.5:4739 or [2001:db8::1]:4739"
	Collector string `json:"collector"`
}

// FlowExportPolicyStatus is what Sluice found.
type FlowExportPolicyStatus struct {
	// observedGeneration is the generation of the policy that this status is about.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready, whether the policy is in force as it is written, and Compliant,
	// whether what is stored now agrees with it.
	//
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// violationCount is how many there are.
	//
	// +optional
	ViolationCount int32 `json:"violationCount"`

	// violations are what is stored now against the policy, whoever stored it; the first 50.
	//
	// +optional
	// +listType=atomic
	Violations []PolicyViolation `json:"violations,omitempty"`
}

// PolicyViolation is one thing that stands against a policy.
type PolicyViolation struct {
	// resource is the object, such as networks.operator.openshift.io/cluster.
	Resource string `json:"resource"`
	// rule is the policy's, such as deny[0].
	Rule string `json:"rule"`
	// field is the path in the object.
	//
	// +optional
	Field string `json:"field,omitempty"`
	// value is what stands there.
	//
	// +optional
	Value string `json:"value,omitempty"`
	// message says what is wrong with it.
	Message string `json:"message"`
	// since is when it was seen first.
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
