package validation

// Rule is the stable, kebab-case name of one thing that Sluice looks for. It is the same
// on the command line, in the causes of an API answer, and in metrics.
type Rule string

// Effect is what a rule does with the object it finds something in.
type Effect string

// The effects.
const (
	Rejects    Effect = "rejects"
	Normalizes Effect = "normalizes" // or rejects, with --normalization=reject
	Warns      Effect = "warns"
)

// RuleDoc documents one rule.
type RuleDoc struct {
	Rule    Rule
	Effect  Effect
	Summary string
}

// The rules. docs/rules.md holds one row for each.
const (
	RuleWrongType        Rule = "wrong-type"
	RuleUnknownField     Rule = "unknown-field"
	RuleDuplicateField   Rule = "duplicate-field"
	RuleEmptyCollector   Rule = "empty-collector"
	RuleMissingAddress   Rule = "missing-address"
	RuleMissingPort      Rule = "missing-port"
	RuleInvalidPort      Rule = "invalid-port"
	RuleLeadingZero      Rule = "leading-zero"
	RuleNotAnAddress     Rule = "not-an-address"
	RuleHostname         Rule = "hostname"
	RuleCIDR             Rule = "cidr"
	RuleURL              Rule = "url"
	RuleShellText        Rule = "shell-text"
	RuleControlCharacter Rule = "control-character"
	RuleNonASCII         Rule = "non-ascii"
	RuleIPv6             Rule = "ipv6"
	RuleIPv6Brackets     Rule = "ipv6-brackets"
	RuleIPv6Zone         Rule = "ipv6-zone"
	RuleUnusableAddress  Rule = "unusable-address"
	RuleTooMany          Rule = "too-many-collectors"
	RuleNodePort         Rule = "node-port"
	RuleCacheTimeout     Rule = "cache-active-timeout"

	RuleWhiteSpace    Rule = "white-space"
	RulePortZeros     Rule = "port-leading-zeros"
	RuleBrackets      Rule = "brackets"
	RuleMappedIPv4    Rule = "ipv4-mapped"
	RuleUDPScheme     Rule = "udp-scheme"
	RuleJoined        Rule = "joined-collectors"
	RuleIPv6Form      Rule = "ipv6-form"
	RuleDuplicate     Rule = "duplicate"
	RuleEmptyList     Rule = "empty-list"
	RuleStringForList Rule = "string-for-list"

	RuleLoopback        Rule = "loopback"
	RuleLinkLocal       Rule = "link-local"
	RuleMulticast       Rule = "multicast"
	RuleClusterNetwork  Rule = "cluster-network"
	RuleServiceNetwork  Rule = "service-network"
	RuleTwoFormats      Rule = "collector-in-two-formats"
	RuleSFlowPayload    Rule = "sflow-payload"
	RuleNetFlowIPv6     Rule = "netflow-ipv6"
	RuleNotOVN          Rule = "not-ovn-kubernetes"
	RuleUnmanaged       Rule = "unmanaged"
	RuleNotCluster      Rule = "not-cluster"
	RulePatchNoEffect   Rule = "patch-without-effect"
	RuleConfigIgnored   Rule = "config-ignored"
	RuleKeyIgnored      Rule = "key-ignored"
	RuleValueIgnored    Rule = "value-ignored"
	RuleValueTruncated  Rule = "value-truncated"
	RuleEveryPacket     Rule = "every-packet"
	RuleUnboundedExport Rule = "no-flow-cache"
)

// Rules documents every rule, in the order of docs/rules.md.
func Rules() []RuleDoc {
	return []RuleDoc{
		{RuleWrongType, Rejects, "A JSON type that can't stand there, such as a number in a list of collectors"},
		{RuleUnknownField, Rejects, "A misspelt, wrongly cased or misplaced key; the API server drops such keys in silence"},
		{RuleDuplicateField, Rejects, "The same key twice in one object; one of the two would be lost"},
		{RuleEmptyCollector, Rejects, "An entry without any text"},
		{RuleMissingAddress, Rejects, "A port without an address, as in `:2055`"},
		{RuleMissingPort, Rejects, "An address without a port"},
		{RuleInvalidPort, Rejects, "A port that is not a decimal number from 1 to 65535"},
		{RuleLeadingZero, Rejects, "An IPv4 octet with a leading zero; ovnkube-node would not start on it"},
		{RuleNotAnAddress, Rejects, "Text that is no IP address, such as `10.0.0.256`"},
		{RuleHostname, Rejects, "A host name; Open vSwitch and OVN-Kubernetes take addresses only"},
		{RuleCIDR, Rejects, "A network in CIDR notation instead of one address"},
		{RuleURL, Rejects, "A URL with a scheme other than `udp://`"},
		{RuleShellText, Rejects, "Characters that a shell or a template would interpret"},
		{RuleControlCharacter, Rejects, "A control character inside the text"},
		{RuleNonASCII, Rejects, "A character outside ASCII, such as a look-alike digit or a zero-width space"},
		{RuleIPv6, Rejects, "An IPv6 address where the Network CRD stores IPv4 only (the default; see `--ip-families`)"},
		{RuleIPv6Brackets, Rejects, "An IPv6 address without brackets around it"},
		{RuleIPv6Zone, Rejects, "An IPv6 address with a zone; OVN-Kubernetes can't parse it"},
		{RuleUnusableAddress, Rejects, "An address that never is a destination: 0.0.0.0/8, 240.0.0.0/4, 255.255.255.255, `::`"},
		{RuleTooMany, Rejects, "More than 10 collectors in a list, duplicates not counted"},
		{RuleNodePort, Rejects, "ConfigMap: `nodePort` is not a port from 1 to 65535"},
		{RuleCacheTimeout, Rejects, "ConfigMap: `cacheActiveTimeout` is outside OVS's 0 to 4200 seconds"},

		{RuleWhiteSpace, Normalizes, "White space around an entry is removed"},
		{RulePortZeros, Normalizes, "Leading zeros of a port are removed"},
		{RuleBrackets, Normalizes, "Brackets around an IPv4 address are removed"},
		{RuleMappedIPv4, Normalizes, "An IPv4-mapped IPv6 address is written as IPv4"},
		{RuleUDPScheme, Normalizes, "`udp://` before a collector is removed"},
		{RuleJoined, Normalizes, "Several collectors joined by commas become entries of their own"},
		{RuleIPv6Form, Normalizes, "An IPv6 address is written as RFC 5952 has it"},
		{RuleDuplicate, Normalizes, "A collector that stands in the same list already is removed; the first one stays"},
		{RuleEmptyList, Normalizes, "An empty list or block is removed: it means that export is off"},
		{RuleStringForList, Normalizes, "A single string where the list belongs becomes a list"},

		{RuleLoopback, Warns, "A loopback address: each node sends to itself"},
		{RuleLinkLocal, Warns, "A link-local address: each node sends into its own link"},
		{RuleMulticast, Warns, "A multicast address: records reach only who joined the group"},
		{RuleClusterNetwork, Warns, "A collector in the pod network: its own records are exported as well"},
		{RuleServiceNetwork, Warns, "A collector in the service network: Open vSwitch sends from the host, not from a pod"},
		{RuleTwoFormats, Warns, "The same address and port in two formats"},
		{RuleSFlowPayload, Warns, "sFlow sends the first bytes of sampled packets, not only metadata"},
		{RuleNetFlowIPv6, Warns, "A NetFlow collector at an IPv6 address: NetFlow v5 carries IPv4 flows only"},
		{RuleNotOVN, Warns, "The cluster's network type is not OVNKubernetes: the lists have no effect"},
		{RuleUnmanaged, Warns, "managementState is Unmanaged or Removed: the lists have no effect"},
		{RuleNotCluster, Warns, "The Network is not the one named cluster: the lists have no effect"},
		{RulePatchNoEffect, Warns, "An empty block in a merge patch changes nothing; null switches off"},
		{RuleConfigIgnored, Warns, "ConfigMap: the Cluster Network Operator ignores it as a whole"},
		{RuleKeyIgnored, Warns, "ConfigMap: the Cluster Network Operator ignores this key"},
		{RuleValueIgnored, Warns, "ConfigMap: the Cluster Network Operator ignores this value"},
		{RuleValueTruncated, Warns, "ConfigMap: only whole seconds count"},
		{RuleEveryPacket, Warns, "ConfigMap: `sampling` 1 exports a record for every packet"},
		{RuleUnboundedExport, Warns, "ConfigMap: `cacheActiveTimeout` has no effect while `cacheMaxFlows` is 0"},
	}
}
