package v1alpha1

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
	// +kubebuilder:validation:XValidation:rule="self != '*'",message="there are no wildcards, and no user or group has this name; for everyone omit subjects, for every authenticated user write kind: Group, name: system:authenticated"
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[^\p{Cc}\p{Cf}\p{Z}]([^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*[^\p{Cc}\p{Cf}\p{Z}])?$')`,message="begins or ends with white space, or has a control or invisible character, so that it would match no user; write the name as kubectl auth whoami prints it"
	Name string `json:"name"`

	// namespace of a ServiceAccount.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="not the name of a namespace, which has lower-case letters, digits and '-' only"
	Namespace string `json:"namespace,omitempty"`
}

// PolicyRule matches collectors. Every field that is set must match; destinations and hosts
// are alternatives, because a collector has either an address or a host name.
//
// +kubebuilder:validation:XValidation:rule="size(dyn(self)) == [has(self.formats), has(self.destinations), has(self.hosts), has(self.ports)].filter(h, h).size()",message="a list is null, as an empty template value renders, and would match anything; list at least one item. To match anything on purpose, remove the field"
type PolicyRule struct {
	// formats that match: NetFlow, SFlow, IPFIX, Kafka, OpenTelemetry or Loki. Without any, all
	// formats match.
	//
	// +nullable
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=6
	Formats []ExportFormat `json:"formats,omitempty"`

	// destinations are networks, such as 10.20.0.0/16 or 2001:db8::/32. A collector matches if
	// its address is in one of them. Without any, all addresses match. The ConfigMap's nodePort
	// means the address of each node, which is certain to be only in 0.0.0.0/0 and ::/0.
	//
	// +nullable
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Destinations []Destination `json:"destinations,omitempty"`

	// hosts are host names in lower case that a FlowCollector of NetObserv may have in place of an
	// address: kafka.example.com, *.example.com for all names below a domain, or * for all names.
	// A rule with hosts and without destinations matches no address. An allow rule matches only the
	// host names that it lists. A deny rule with destinations also denies every host name that no
	// allow rule lists, because the address of a name is unknown.
	//
	// +nullable
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Hosts []HostPattern `json:"hosts,omitempty"`

	// ports are the ports that match, each a number or a range such as 2055-2056. Without
	// any, all ports match.
	//
	// +nullable
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Ports []PortRange `json:"ports,omitempty"`
}

// The schema checks only the notation of a Destination: the CEL functions that could check the
// rest are unknown to Kubernetes before 1.31, and cost too much before 1.32.

// Destination is a network in CIDR notation, in canonical form and without host bits. A network
// with host bits is stored, and the status reports it.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=43
// +kubebuilder:validation:Format=cidr
type Destination string

// HostPattern is a host name in lower case, *.SUFFIX, or *.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern=`^([*]|([*][.])?([a-z0-9]([-a-z0-9]*[a-z0-9])?[.])*[a-z]([-a-z0-9]*[a-z0-9])?)$`
type HostPattern string

// PortRange is a port, or a range of them.
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
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|24[0-9]|25[0-5])[.]') && !self.matches('^[[][0:]*[]]')",message="cannot be a destination, so that no Network can hold it; write the address that the collector listens on"
	Collector string `json:"collector"`
}
