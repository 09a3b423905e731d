package ovs

import "sluice/validation"

// Desired is the configuration that a plan has to reach.
type Desired struct {
	// Export is the desired configuration of each format.
	Export [3]Want
	// Drops exports the packets that OVN drops; nil for none.
	Drops *Drops
	// LeaveDrops keeps the Flow_Sample_Collector_Set as it is.
	LeaveDrops bool
	// RemoveLastApplied removes the last applied configuration, when nothing of Sluice's is
	// left.
	RemoveLastApplied bool
}

// Want is the desired configuration of one format.
type Want struct {
	// Leave keeps the present row, whatever it is.
	Leave bool
	// Exporter is nil if nothing is to be exported.
	Exporter *Exporter
	// Cluster is what OVN-Kubernetes configures for the cluster's lists; nil for nothing. It
	// is only stored with the last applied configuration, to recognize its rows later.
	Cluster *Exporter
	// Earlier are the hashes of the same for earlier lists, the newest first, to be stored as far as
	// there is room.
	Earlier []string
	// Repairs are stored with the change, if there is one; nil leaves what is stored.
	Repairs *Repairs
}

// Of returns the desired configuration of a format.
func (d Desired) Of(f validation.Format) Want { return d.Export[f] }

// Drops is the export of packets that OVN dropped, as IPFIX records.
type Drops struct {
	// CollectorSet is the ID that OVN's sample actions name. OVN-Kubernetes uses 42 for its
	// own sampling.
	CollectorSet uint32
	// Domain becomes the 8 most significant bits of the records' observation domain
	// (ovn-nb(5), options:debug_drop_domain_id).
	Domain uint8
	// Exporter says where the records go.
	Exporter Exporter
}
