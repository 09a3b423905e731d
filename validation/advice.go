package validation

import (
	"fmt"
	"net/netip"
	"strings"
)

// adviseOnLists warns about what is well-formed but probably won't do what the user wants.
func (r *networkReview) adviseOnLists(exports Exports) {
	if len(r.errors) > 0 && exports == (Exports{}) {
		return
	}
	around := networksOf(r.in.Object)
	for i := range r.lists {
		l := &r.lists[i]
		if l.excess {
			continue // the list must become shorter first, and a hostile one may be very long
		}
		for _, e := range l.entries {
			if !e.readable() {
				continue
			}
			r.adviseOnEntry(l, e, around)
			for _, other := range r.lists[:l.format] {
				if index, twice := other.seen.find(key{collector: e.reading.collector}); twice {
					r.adviseEntry(RuleTwoFormats, l, e, fmt.Sprintf("is in %s.collectors[%d] as well; few collectors tell formats apart on one port", other.format.Field(), index))
					break
				}
			}
		}
	}
	if exports.SFlow != nil {
		r.advise(Finding{
			Rule: RuleSFlowPayload, Field: flowsField + ".sFlow", Position: r.lists[SFlow].position,
			Message: "sFlow sends the first 128 bytes of sampled packets, not only metadata",
		})
	}
	if exports != (Exports{}) {
		r.adviseOnEffect()
	}
}

func (r *networkReview) adviseEntry(rule Rule, l *list, e entry, message string) {
	r.advise(l.finding(rule, e, message))
}

// adviseOnEntry warns about the address of one collector.
func (r *networkReview) adviseOnEntry(l *list, e entry, around []clusterNetwork) {
	addr := e.reading.collector.Addr()
	if rule, message := addressAdvice(addr); rule != "" {
		r.adviseEntry(rule, l, e, message)
	}
	for _, network := range around {
		if network.prefix.Contains(addr) {
			r.adviseEntry(network.rule, l, e, fmt.Sprintf("is in the %s %s; %s", network.name, network.prefix, network.effect))
		}
	}
	if l.format == NetFlow && addr.Is6() {
		r.adviseEntry(RuleNetFlowIPv6, l, e, "is an IPv6 collector, but NetFlow v5 carries IPv4 flows only; IPFIX carries both")
	}
}

// clusterNetwork is an address range of the cluster that a collector should not be in.
type clusterNetwork struct {
	prefix netip.Prefix
	rule   Rule
	name   string
	effect string
}

// networksOf reads the object's own pod and service networks; what is not a CIDR is the
// Cluster Network Operator's to report.
func networksOf(o Object) []clusterNetwork {
	networks := make([]clusterNetwork, 0, 2) // one of each, as nearly every cluster has
	for _, item := range head(o.ClusterNetwork.Items) {
		if prefix, err := netip.ParsePrefix(item.Get("cidr").Text); err == nil {
			networks = append(networks, clusterNetwork{prefix, RuleClusterNetwork, "pod network", "its own records are exported as well"})
		}
	}
	for _, item := range head(o.ServiceNetwork.Items) {
		if prefix, err := netip.ParsePrefix(item.Text); err == nil {
			networks = append(networks, clusterNetwork{prefix, RuleServiceNetwork, "service network", "Open vSwitch sends from the host, not from a pod"})
		}
	}
	return networks
}

// maxNetworks is far more networks than a cluster has. A hostile object may list any number,
// and each is compared with each collector.
const maxNetworks = 64

func head(items []Value) []Value { return items[:min(len(items), maxNetworks)] }

// adviseOnEffect warns where the lists have no effect whatever they say.
func (r *networkReview) adviseOnEffect() {
	o := r.in.Object
	if o.Name != "" && o.Name != ClusterName {
		r.advise(Finding{
			Rule: RuleNotCluster, Field: "metadata.name", Value: o.Name,
			Message: fmt.Sprintf("has no effect; the Cluster Network Operator reads only the Network named %q", ClusterName),
		})
	}
	if t := o.NetworkType; t.Kind == String && t.Text != "" && !strings.EqualFold(t.Text, "OVNKubernetes") {
		r.advise(Finding{
			Rule: RuleNotOVN, Field: "spec.defaultNetwork.type", Value: t.Text, Position: t.Position,
			Message: "leaves exportNetworkFlows without effect; only OVNKubernetes exports flows",
		})
	}
	if s := o.ManagementState; s.Kind == String && (s.Text == "Unmanaged" || s.Text == "Removed") {
		r.advise(Finding{
			Rule: RuleUnmanaged, Field: "spec.managementState", Value: s.Text, Position: s.Position,
			Message: "leaves exportNetworkFlows without effect; the Cluster Network Operator does not act on it",
		})
	}
}
