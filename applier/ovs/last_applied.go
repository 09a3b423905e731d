package ovs

import (
	"slices"
	"strings"

	"sluice/validation"
)

// LastAppliedKey is the key in Bridge:external_ids under which Sluice stores what it applied
// last. It survives restarts of ovnkube-node, which replaces the rows but not this key. The
// rows themselves have no mark, so that they are exactly like those of ovnkube-node.
const LastAppliedKey = "sluice.dev/applied"

// LastApplied is, for each format, what Sluice applied last, or last saw as desired.
type LastApplied [3]AppliedFormat

// remembered is how many of the cluster's own exporters are stored for each format.
const remembered = 8

// AppliedFormat is what was applied last for one format, and the cluster's own exporters.
type AppliedFormat struct {
	// Hash of the exporter; empty if Sluice never applied one.
	Hash string
	// Off says that the exporter was removed since, because it is no longer desired.
	Off bool
	// Cluster holds the hashes of the exporters that OVN-Kubernetes configures for the
	// cluster's lists, today's and earlier ones, the newest first. Unused entries are empty.
	Cluster [remembered]string
	// Repairs are the newest repairs of what other writers changed.
	Repairs Repairs
	// Interim is the hash of what Sluice stores for a moment, so that ovs-vswitchd opens sockets again; empty for
	// nothing. It stays if what is to be exported could not be restored.
	Interim string
}

// withCluster are the stored hashes with those of the cluster's own exporters, the newest first.
func (a AppliedFormat) withCluster(want Want) (hashes [remembered]string) {
	known := want.Earlier
	if want.Cluster != nil {
		known = append([]string{want.Cluster.Hash()}, known...)
	}
	i := 0
	for _, h := range slices.Concat(known, a.Cluster[:]) {
		if h != "" && i < remembered && !slices.Contains(hashes[:i], h) {
			hashes[i] = h
			i++
		}
	}
	return hashes
}

// interim reports whether an exporter is what Sluice stores for a moment.
func (a AppliedFormat) interim(e Exporter) bool { return a.Interim != "" && a.Interim == e.Hash() }

// longestHash bounds what counts as a hash: the text may have been written by another program, and is
// written again with each change.
const longestHash = 64

// earlier marks the part of the stored text that lists the cluster's own exporters. Versions
// of Sluice that do not know it ignore it.
const earlier = ".cluster"

// repaired marks the part of the stored text that lists the repairs.
const repaired = ".repairs"

// between marks the part of the stored text that has the hash of what is stored for a moment.
const between = ".interim"

// String is the text that is stored: "netFlow=HASH ipfix=-HASH", a minus for what is off,
// and "netFlow.cluster=HASH,HASH" for the cluster's own exporters,
// "netFlow.repairs=HASH:SECONDS" for the repairs and "ipfix.interim=HASH" for what is stored for a moment.
func (a LastApplied) String() string {
	var parts []string
	for _, f := range validation.Formats() {
		format := a[f]
		if format.Hash != "" {
			sign := ""
			if format.Off {
				sign = "-"
			}
			parts = append(parts, f.Field()+"="+sign+format.Hash)
		}
		if format.Cluster[0] != "" {
			list := strings.TrimRight(strings.Join(format.Cluster[:], ","), ",")
			parts = append(parts, f.Field()+earlier+"="+list)
		}
		if text := format.Repairs.String(); text != "" {
			parts = append(parts, f.Field()+repaired+"="+text)
		}
		if format.Interim != "" {
			parts = append(parts, f.Field()+between+"="+format.Interim)
		}
	}
	return strings.Join(parts, " ")
}

// ParseLastApplied reads the stored text. It ignores what it does not know: at worst, a row
// then counts as another writer's.
func ParseLastApplied(text string) LastApplied {
	var a LastApplied
	for part := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(part, "=")
		for _, f := range validation.Formats() {
			switch name {
			case f.Field():
				hash, off := strings.CutPrefix(value, "-")
				if len(hash) > longestHash {
					continue
				}
				a[f].Hash, a[f].Off = hash, off && hash != ""
			case f.Field() + earlier:
				a[f].Cluster = parseCluster(value)
			case f.Field() + repaired:
				a[f].Repairs = parseRepairs(value)
			case f.Field() + between:
				if len(value) <= longestHash {
					a[f].Interim = value
				}
			}
		}
	}
	return a
}

func parseCluster(value string) (hashes [remembered]string) {
	i := 0
	for hash := range strings.SplitSeq(value, ",") {
		if hash != "" && len(hash) <= longestHash && i < remembered {
			hashes[i] = hash
			i++
		}
	}
	return hashes
}
