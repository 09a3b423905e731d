package desired

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// State is what a node is to export.
type State struct {
	// Generation and NetworkUID are those of the Network that it was made from.
	Generation int64
	NetworkUID string
	// Observed identifies the other objects; nil if they say nothing, because the state is unknown.
	Observed *v1alpha1.ObservedInputs
	// Profile is the FlowExportProfile that applies to the node, or the one that did when it was last known; empty for
	// none.
	Profile string
	// Observe says that this profile lets the agent only observe.
	Observe bool
	// Off says that this profile switches export off.
	Off bool
	// SamplingChosen says for each format that its sampling rate is a choice: the profile sets it, or
	// allows to export every packet.
	SamplingChosen [3]bool
	Exporters      [3]*ovs.Exporter
	// Cluster is what OVN-Kubernetes sets by itself: the same lists, without the profile.
	Cluster [3]*ovs.Exporter
	// Shapes are, if Off, the columns that OVN-Kubernetes sets in a row of each format, for whatever list and
	// ConfigMap.
	Shapes [3]*ovs.Shape
	Drops  *ovs.Drops
	// Tenants is the exporter for FlowExports on a node without IPFIX collectors, still without a target;
	// nil if nothing is to be exported.
	Tenants *ovs.Exporter
	// Skipped are the stored entries that can't be applied, each with the reason.
	Skipped []string
	// OwnDuplicates are the IPFIX collectors, in canonical form, that are listed both as an
	// address and as a port of the node's own address. They are applied once, but OVN-Kubernetes
	// removes duplicates before it fills in the address: ovs-vsctl refuses what it writes then,
	// and ovnkube-node does not start again on the node.
	OwnDuplicates []string
	// HandsOff says why nothing may be changed; empty if changes are allowed.
	HandsOff string
	// Unknown is the reason of a condition that says why the desired state is unknown; empty
	// if it is known. HandsOff is the message.
	Unknown string
}

// New computes what a node is to export. The lists are reviewed again: what is malformed is
// never passed on, no matter how it was stored.
func New(in Inputs) State {
	s := State{Profile: in.LastProfile}
	switch {
	case len(in.Unsynced) > 0:
		s.Unknown, s.HandsOff = v1alpha1.ReasonNotSynced, "the agent could not read "+strings.Join(in.Unsynced, " and ")+" since it started, so the desired configuration is unknown; the node's configuration is left as it is"
		return s
	case in.Network == nil:
		s.Unknown, s.HandsOff = v1alpha1.ReasonNetworkMissing, `Network.operator "cluster" does not exist, so the desired configuration is unknown; the node's configuration is left as it is`
		return s
	case in.ProfilesUnknown != "":
		s.Generation, s.NetworkUID = in.Network.Generation, in.Network.UID
		s.Unknown, s.HandsOff = v1alpha1.ReasonNotSynced, in.ProfilesUnknown+"; the node's configuration is left as it is"
		return s
	case in.NodeMissing:
		s.Generation, s.NetworkUID = in.Network.Generation, in.Network.UID
		s.Unknown, s.HandsOff = v1alpha1.ReasonNodeMissing, "there is no Node of this name, so it is unknown which FlowExportProfile applies; the node's configuration is left as it is"
		return s
	}
	observed := Observed(in.Profiles, in.Node.Labels, in.FlowsConfig)
	s.Observed = &observed
	profile := selectProfile(in.Profiles, in.Node.Labels)
	if profile == nil {
		profile = &v1alpha1.FlowExportProfile{}
	}
	s.Profile = profile.Name
	s.Observe = profile.Spec.Mode == v1alpha1.ProfileModeObserve
	s.SamplingChosen = samplingChosen(profile.Spec)
	s.Off = profile.Spec.Export != nil && !*profile.Spec.Export
	s.Generation, s.NetworkUID = in.Network.Generation, in.Network.UID
	s.HandsOff = handsOff(in.Network.Object)
	config := reviewFlowsConfig(in.FlowsConfig)
	targets := s.targets(in, config)
	rendered := rendered(in)
	for _, f := range validation.Formats() {
		if len(rendered[f]) > 0 {
			s.Cluster[f] = &ovs.Exporter{Format: f, Targets: rendered[f], Settings: settings(f, config.Parameters, v1alpha1.FlowExportProfileSpec{}, in.Node)}
		}
		if s.Off {
			s.Shapes[f] = shape(f, in.Node)
		}
		if len(targets[f]) > 0 && !s.Off {
			s.Exporters[f] = &ovs.Exporter{Format: f, Targets: ovs.Texts(targets[f]), Settings: settings(f, config.Parameters, profile.Spec, in.Node)}
		}
	}
	if !s.Off {
		s.Tenants = &ovs.Exporter{Format: validation.IPFIX, Settings: settings(validation.IPFIX, config.Parameters, profile.Spec, in.Node)}
	}
	if d := profile.Spec.Drops; d != nil && s.Exporters[validation.IPFIX] != nil {
		// OVN samples every dropped packet and chooses the observation domain itself.
		exporter := s.Exporters[validation.IPFIX].Without(ovs.Sampling, ovs.ObservationDomain)
		s.Drops = &ovs.Drops{CollectorSet: uint32(d.CollectorSet), Domain: uint8(d.Domain), Exporter: exporter} //nolint:gosec // ranges are the CRD's
	}
	return s
}

// targets are the collectors of each format that can be used: those of the Network, then the
// target of the ConfigMap.
func (s *State) targets(in Inputs, config validation.Verdict) [3][]netip.AddrPort {
	network := validation.Review(validation.Input{Operation: validation.Create, Object: in.Network.Object, Options: validation.Options{IPv6: true}})
	for _, f := range slices.Concat(network.Errors, config.Errors) {
		s.Skipped = append(s.Skipped, f.Text())
	}
	var targets [3][]netip.AddrPort
	for _, f := range validation.Formats() {
		targets[f] = network.Flows.Collectors(f)
	}
	return s.withConfigTargets(targets, in.Node, config.Flows.Collectors(validation.IPFIX))
}

// reviewFlowsConfig reviews the data of the ConfigMap; nil is no ConfigMap.
func reviewFlowsConfig(data map[string]string) validation.Verdict {
	if data == nil {
		return validation.Verdict{}
	}
	value := validation.Value{Kind: validation.Map}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		value.Members = append(value.Members, validation.Member{Key: key, Value: validation.Value{Kind: validation.String, Text: data[key]}})
	}
	object := validation.Object{Resource: validation.FlowsConfig, Name: validation.FlowsConfigName, Namespace: validation.FlowsConfigNamespace, Data: value}
	return validation.Review(validation.Input{Operation: validation.Create, Object: object, Options: validation.Options{IPv6: true}})
}

// Supported is the state without the columns that a version of Open vSwitch doesn't have,
// and these columns, sorted.
func (s State) Supported(present ovs.State) (State, []ovs.ColumnName) {
	var missing []ovs.ColumnName
	strip := func(r ovs.Exporter) ovs.Exporter {
		for c := range r.Settings {
			if !present.Supports(r.Format, c) {
				missing = append(missing, c)
			}
		}
		return r.Without(missing...)
	}
	for _, records := range []*[3]*ovs.Exporter{&s.Exporters, &s.Cluster} {
		for f, r := range records {
			if r != nil {
				stripped := strip(*r)
				records[f] = &stripped
			}
		}
	}
	if s.Tenants != nil {
		tenants := strip(*s.Tenants)
		s.Tenants = &tenants
	}
	if s.Drops != nil {
		drops := *s.Drops
		drops.Exporter = strip(drops.Exporter)
		s.Drops = &drops
	}
	slices.Sort(missing)
	return s, slices.Compact(missing)
}
