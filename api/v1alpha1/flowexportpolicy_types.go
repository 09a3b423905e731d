package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlowExportPolicy says who may export the cluster's flow records where. It applies to the
// changes that a user makes to spec.exportNetworkFlows and spec.managementState of the
// Network.operator "cluster", to the target and the settings in the ConfigMap ovs-flows-config,
// to FlowExportProfiles, and, if Sluice is installed with the component netobserv, to the
// destinations of NetObserv's FlowCollector. Entries that a change does not touch are never
// evaluated.
//
// A policy with namespaces is about something else: about the FlowExports in these namespaces, and
// about nothing else. A FlowExport is denied unless such a policy allows its collectors.
//
// A user to whom no policy applies may make any well-formed change of the cluster's lists. As soon as a policy with
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
// +kubebuilder:printcolumn:name="Compliant",type=string,JSONPath=`.status.conditions[?(@.type=="Compliant")].status`,priority=1
// +kubebuilder:printcolumn:name="RemovalEnforced",type=string,JSONPath=`.status.conditions[?(@.type=="RemovalEnforced")].status`,priority=1
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,priority=1
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

// ExportFormat is a form in which records leave the cluster. NetFlow and SFlow are sent by Open
// vSwitch, IPFIX by Open vSwitch and by NetObserv, the others by NetObserv only.
//
// +kubebuilder:validation:Enum=NetFlow;SFlow;IPFIX;Kafka;OpenTelemetry;Loki
type ExportFormat string

// FlowExportPolicySpec says what the policy restricts, and for which users.
//
// +kubebuilder:validation:XValidation:rule="has(self.allow) || has(self.deny) || has(self.required) || has(self.maxCollectors) || has(self.sampling) || has(self.cacheActiveTimeout) || has(self.cacheMaxFlows) || has(self.maxFlowExports) || self.removal == 'OnlyAllowed'",message="the policy restricts nothing; write at least one of allow, deny, required, maxCollectors, sampling, cacheActiveTimeout, cacheMaxFlows or removal: OnlyAllowed"
// +kubebuilder:validation:XValidation:rule="!has(self.required) || ['NetFlow', 'SFlow', 'IPFIX'].all(f, size(self.required.filter(r, r.format == f)) <= 10)",message="has more than 10 collectors of one format, which a Network cannot hold; remove some",fieldPath=".required"
// +kubebuilder:validation:XValidation:rule="!has(self.required) || !has(self.maxCollectors) || ['NetFlow', 'SFlow', 'IPFIX'].all(f, size(self.required.filter(r, r.format == f)) <= self.maxCollectors)",message="is less than the number of required collectors of one format, so they cannot all be added; write a larger number",fieldPath=".maxCollectors"
// +kubebuilder:validation:XValidation:rule="!has(self.namespaces) || (!has(self.required) && !has(self.sampling) && !has(self.cacheActiveTimeout) && !has(self.cacheMaxFlows) && self.removal != 'OnlyAllowed')",message="a policy with namespaces is about FlowExports, which have no required, sampling, cacheActiveTimeout, cacheMaxFlows or removal; write these in a policy without namespaces"
// +kubebuilder:validation:XValidation:rule="!has(self.maxFlowExports) || has(self.namespaces)",message="is the number of FlowExports in a namespace; name the namespaces in spec.namespaces",fieldPath=".maxFlowExports"
// +kubebuilder:validation:XValidation:rule="size(dyn(self)) == [has(self.namespaces), has(self.maxFlowExports), has(self.subjects), has(self.exempt), has(self.enforcement), has(self.allow), has(self.deny), has(self.required), has(self.maxCollectors), has(self.removal), has(self.sampling), has(self.cacheActiveTimeout), has(self.cacheMaxFlows)].filter(h, h).size()",message="a field is null, as an empty template value renders; write a value, or remove the field"
type FlowExportPolicySpec struct {
	// namespaces makes this a policy about the FlowExports in these namespaces, and about nothing
	// else. Without it, the policy is about the lists of the whole cluster, and never about
	// FlowExports.
	//
	// A FlowExport may be stored, and the nodes send its records, only if each of its collectors
	// matches an allow rule of a policy that names its namespace, and no deny rule of one. With
	// subjects, the allow rules are for changes by these users only.
	//
	// +nullable
	// +optional
	Namespaces *PolicyNamespaces `json:"namespaces,omitempty"`

	// subjects are the users to whom the policy applies. Without any it applies to everyone.
	//
	// +nullable
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Subjects []PolicySubject `json:"subjects,omitempty"`

	// exempt are users to whom the policy does not apply, even if they are among its
	// subjects. The Cluster Network Operator is always exempt.
	//
	// +nullable
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
	// +nullable
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Allow []PolicyRule `json:"allow,omitempty"`

	// deny lists the collectors that may not be added, even if an allow rule matches. A rule
	// without fields matches every collector.
	//
	// +nullable
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Deny []PolicyRule `json:"deny,omitempty"`

	// required lists collectors of the Network that may not be removed. If one is missing
	// already, the status reports a violation; other changes are still accepted.
	//
	// +nullable
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=30
	Required []RequiredCollector `json:"required,omitempty"`

	// maxCollectors is the largest number of collectors of one format that an object may have
	// after the user added one. If there are more already, they may stay or be removed.
	//
	// +nullable
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	MaxCollectors *int32 `json:"maxCollectors,omitempty"`

	// maxFlowExports is how many FlowExports a namespace may have; 4 if no policy with enforcement
	// Deny that names the namespace says more or less. The oldest ones count first. It requires
	// namespaces.
	//
	// +nullable
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=64
	MaxFlowExports *int32 `json:"maxFlowExports,omitempty"`

	// removal says which collectors may be removed: Any, or OnlyAllowed, those that an allow rule
	// of a policy that applies to the user matches. With OnlyAllowed, a team that shares a list
	// with others cannot remove their collectors.
	//
	// +kubebuilder:default=Any
	// +optional
	Removal Removal `json:"removal,omitempty"`

	// sampling bounds n of a sampling rate of 1 packet in n: the sampling that the ConfigMap
	// ovs-flows-config results in, and ipfix.sampling and sFlow.sampling of a FlowExportProfile.
	// What is not set counts as the default, 400.
	//
	// +nullable
	// +optional
	Sampling *SamplingBounds `json:"sampling,omitempty"`

	// cacheActiveTimeout bounds the seconds for which packets of a flow are aggregated into one
	// IPFIX record: the cacheActiveTimeout that the ConfigMap ovs-flows-config results in, and
	// ipfix.cacheActiveTimeout of a FlowExportProfile. What is not set counts as the default, 60.
	//
	// +nullable
	// +optional
	CacheActiveTimeout *CacheActiveTimeoutBounds `json:"cacheActiveTimeout,omitempty"`

	// cacheMaxFlows bounds how many flows are aggregated at a time: the cacheMaxFlows that the
	// ConfigMap ovs-flows-config results in, and ipfix.cacheMaxFlows of a FlowExportProfile. What
	// is not set counts as the default, 0.
	//
	// +nullable
	// +optional
	CacheMaxFlows *CacheMaxFlowsBounds `json:"cacheMaxFlows,omitempty"`
}

// PolicyNamespaces are namespaces, by name or by label. Exactly one of the two must be set.
//
// +kubebuilder:validation:XValidation:rule="has(self.names) != has(self.selector)",message="write either names or selector"
type PolicyNamespaces struct {
	// names are the names of the namespaces, in full; there are no wildcards.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Names []NamespaceName `json:"names,omitempty"`

	// selector selects namespaces by their labels, as they are at any time: if a label changes, the
	// FlowExports in the namespace are evaluated again. So the right to change these labels is
	// the right to export. The label kubernetes.io/metadata.name is always the name. An empty
	// selector selects all namespaces.
	//
	// +kubebuilder:validation:XValidation:rule="!has(self.matchExpressions) || self.matchExpressions.all(e, e.operator in ['In', 'NotIn', 'Exists', 'DoesNotExist'])",message="an operator is unknown, so the policy would select no namespace; use In, NotIn, Exists or DoesNotExist",fieldPath=".matchExpressions"
	// +kubebuilder:validation:XValidation:rule="!has(self.matchExpressions) || self.matchExpressions.all(e, !(e.operator in ['In', 'NotIn']) || (has(e.values) && e.values.size() > 0))",message="the operators In and NotIn require values",fieldPath=".matchExpressions"
	// +kubebuilder:validation:XValidation:rule="!has(self.matchExpressions) || self.matchExpressions.all(e, !(e.operator in ['Exists', 'DoesNotExist']) || !has(e.values) || e.values.size() == 0)",message="the operators Exists and DoesNotExist take no values",fieldPath=".matchExpressions"
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// NamespaceName is the name of a namespace.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
type NamespaceName string

// FlowExportPolicyList is a list of policies.
//
// +kubebuilder:object:root=true
type FlowExportPolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []FlowExportPolicy `json:"items"`
}
