package agent

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Inputs are everything in the cluster that says what a node exports.
type Inputs struct {
	// Network is the Network.operator "cluster"; nil if there is none.
	Network *Network
	// FlowsConfig is the data of the ConfigMap ovs-flows-config; nil if there is none.
	FlowsConfig map[string]string
	Profiles    []v1alpha1.FlowExportProfile
	Node        Node
	// NodeMissing says that there is no Node of this name: nothing says then which profile
	// counts.
	NodeMissing bool
}

// Network is what counts of a Network.operator.
type Network struct {
	Object     validation.Object
	UID        string
	Generation int64
}

// Node is what counts of a Node.
type Node struct {
	Name   string
	UID    string
	Labels map[string]string
	// Address is the node's primary one.
	Address netip.Addr
}

// Goal is what a node is to export.
type Goal struct {
	// Generation and NetworkUID are those of the Network that it was made from.
	Generation int64
	NetworkUID string
	// Profile is the FlowExportProfile that counts, if any.
	Profile string
	// Off says that this profile switches export off.
	Off bool
	// AllowUnsampled says that the profile allows to export every packet.
	AllowUnsampled bool
	Records        [3]*ovs.Record
	// Cluster is what OVN-Kubernetes sets by itself: the same lists, without the profile.
	Cluster [3]*ovs.Record
	Drops   *ovs.Drops
	// LeftOut are the stored entries that can't be passed on, with the reason.
	LeftOut []string
	// HandsOff says why nothing may be changed; empty if it may.
	HandsOff string
	// Unknown is the reason, as of a condition, why it is not known what to export; empty if
	// it is. HandsOff says it in words.
	Unknown string
}

// What OVN-Kubernetes sets, so that both writers agree: go-controller/pkg/config and
// pkg/node/default_node_network_controller.go.
const (
	defaultTimeout  = "60"
	defaultSampling = "400"
	defaultAgent    = "ovn-k8s-mp0"
)

// NewGoal works out what a node is to export. The lists are reviewed once more: what is
// malformed is never passed on, whoever let it in.
func NewGoal(in Inputs) Goal {
	var g Goal
	switch {
	case in.Network == nil:
		g.Unknown, g.HandsOff = "NetworkMissing", `there is no Network.operator "cluster", so it is not known what to export; what is exported stays as it is`
		return g
	case in.NodeMissing:
		g.Generation, g.NetworkUID = in.Network.Generation, in.Network.UID
		g.Unknown, g.HandsOff = "NodeMissing", "there is no Node of this name, so it is not known which FlowExportProfile counts; what is exported stays as it is"
		return g
	}
	profile := selectProfile(in.Profiles, in.Node.Labels)
	if profile == nil {
		profile = &v1alpha1.FlowExportProfile{}
	}
	g.Profile = profile.Name
	g.AllowUnsampled = profile.Spec.AllowUnsampled
	g.Off = profile.Spec.Export != nil && !*profile.Spec.Export
	g.Generation, g.NetworkUID = in.Network.Generation, in.Network.UID
	if state := in.Network.Object.ManagementState.Text; state == "Unmanaged" || state == "Removed" {
		g.HandsOff = "the Network.operator's managementState is " + state
	}
	targets := g.targets(in)
	for _, f := range validation.Formats() {
		if len(targets[f]) == 0 {
			continue
		}
		g.Cluster[f] = &ovs.Record{Format: f, Targets: targets[f], Settings: settings(f, in.FlowsConfig, v1alpha1.FlowExportProfileSpec{}, in.Node)}
		if !g.Off {
			g.Records[f] = &ovs.Record{Format: f, Targets: targets[f], Settings: settings(f, in.FlowsConfig, profile.Spec, in.Node)}
		}
	}
	if d := profile.Spec.Drops; d != nil && g.Records[validation.IPFIX] != nil {
		record := *g.Records[validation.IPFIX]
		// OVN samples every dropped packet and chooses the observation domain itself.
		record = record.Without(ovs.Sampling, ovs.ObservationDomain)
		g.Drops = &ovs.Drops{CollectorSet: uint32(d.CollectorSet), Domain: uint8(d.Domain), Record: record} //nolint:gosec // ranges are the CRD's
	}
	return g
}

// targets are the collectors of each format that can be used.
func (g *Goal) targets(in Inputs) [3][]string {
	var targets [3][]string
	reviewed := validation.Review(validation.Input{Operation: validation.Create, Object: in.Network.Object, Options: validation.Options{IPv6: true}})
	g.leaveOut(reviewed)
	for _, f := range validation.Formats() {
		targets[f] = slices.Clone(reviewed.Exports.Of(f))
	}
	if in.FlowsConfig == nil {
		return targets
	}
	config := validation.Review(validation.Input{Operation: validation.Create, Object: flowsConfigObject(in.FlowsConfig), Options: validation.Options{IPv6: true}})
	g.leaveOut(config)
	for _, target := range config.Exports.Of(validation.IPFIX) {
		if port, ok := strings.CutPrefix(target, ":"); ok {
			if !in.Node.Address.IsValid() {
				g.LeftOut = append(g.LeftOut, fmt.Sprintf("data.nodePort: %s: the node has no address yet", target))
				continue
			}
			number, _ := strconv.ParseUint(port, 10, 16) // reviewed
			target = netip.AddrPortFrom(in.Node.Address, uint16(number)).String()
		}
		if !slices.Contains(targets[validation.IPFIX], target) {
			targets[validation.IPFIX] = append(targets[validation.IPFIX], target)
		}
	}
	return targets
}

func (g *Goal) leaveOut(v validation.Verdict) {
	for _, f := range v.Errors {
		g.LeftOut = append(g.LeftOut, f.Text())
	}
}

func flowsConfigObject(data map[string]string) validation.Object {
	value := validation.Value{Kind: validation.Map}
	for _, key := range sortedKeys(data) {
		value.Members = append(value.Members, validation.Member{Key: key, Value: validation.Value{Kind: validation.String, Text: data[key]}})
	}
	return validation.Object{
		Resource: validation.FlowsConfig, Name: validation.FlowsConfigName, Namespace: validation.FlowsConfigNamespace, Data: value,
	}
}

// supported is the goal without the columns that a version of Open vSwitch doesn't have,
// and these.
func (g Goal) supported(s ovs.State) (Goal, []ovs.Column) {
	var missing []ovs.Column
	strip := func(r ovs.Record) ovs.Record {
		for c := range r.Settings {
			if !s.Supports(r.Format, c) {
				missing = append(missing, c)
			}
		}
		return r.Without(missing...)
	}
	for _, records := range []*[3]*ovs.Record{&g.Records, &g.Cluster} {
		for f, r := range records {
			if r != nil {
				stripped := strip(*r)
				records[f] = &stripped
			}
		}
	}
	if g.Drops != nil {
		drops := *g.Drops
		drops.Record = strip(drops.Record)
		g.Drops = &drops
	}
	slices.Sort(missing)
	return g, slices.Compact(missing)
}

// domainOf is a number for a node by which collectors can tell nodes apart; never 0, which
// says nothing (RFC 7011, 3.1).
func domainOf(node string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(node)) // never fails
	return strconv.FormatUint(uint64(max(h.Sum32(), 1)), 10)
}
