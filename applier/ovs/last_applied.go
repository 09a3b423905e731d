package ovs

import (
	"strings"

	"sluice/validation"
)

// LastAppliedKey is the key in Bridge:external_ids under which Sluice writes down what it
// applied last. It survives the starts of ovnkube-node, which replaces the rows but leaves
// this alone. The rows themselves carry no mark, so that they look exactly like those that
// ovnkube-node would have made.
const LastAppliedKey = "sluice.dev/applied"

// Applied is what Sluice last made of each format, or last saw there and wanted.
type LastApplied [3]AppliedFormat

// remembered is how many of the cluster's own records a note names for each format.
const remembered = 8

// Note is what was applied last for one format, and what the cluster wanted there so far.
type AppliedFormat struct {
	// Hash of the record; empty if Sluice never wanted one.
	Hash string
	// Off says that the record was removed since, because it is no longer wanted.
	Off bool
	// Cluster holds the hashes of the records that OVN-Kubernetes makes of the cluster's
	// lists, today's and earlier ones, the newest first. Unused entries are empty.
	Cluster [remembered]string
}

// withCluster is the note with a hash as the newest of the cluster's own.
func (a AppliedFormat) withCluster(hash string) AppliedFormat {
	next := AppliedFormat{Hash: a.Hash, Off: a.Off}
	next.Cluster[0] = hash
	i := 1
	for _, h := range a.Cluster {
		if h != hash && i < remembered {
			next.Cluster[i] = h
			i++
		}
	}
	return next
}

// earlier marks the part of the stored text that lists the cluster's own records. Versions
// of Sluice that do not know it ignore it.
const earlier = ".cluster"

// String is the text that is stored: "netFlow=HASH ipfix=-HASH", a minus for what is off,
// and "netFlow.cluster=HASH,HASH" for the cluster's own records.
func (a LastApplied) String() string {
	var parts []string
	for _, f := range validation.Formats() {
		note := a[f]
		if note.Hash != "" {
			sign := ""
			if note.Off {
				sign = "-"
			}
			parts = append(parts, f.Field()+"="+sign+note.Hash)
		}
		if note.Cluster[0] != "" {
			list := strings.TrimRight(strings.Join(note.Cluster[:], ","), ",")
			parts = append(parts, f.Field()+earlier+"="+list)
		}
	}
	return strings.Join(parts, " ")
}

// ParseLastApplied reads the stored text. What it does not know it ignores: the worst that can
// follow is that a row counts as somebody else's.
func ParseLastApplied(text string) LastApplied {
	var a LastApplied
	for part := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(part, "=")
		for _, f := range validation.Formats() {
			switch name {
			case f.Field():
				hash, off := strings.CutPrefix(value, "-")
				a[f].Hash, a[f].Off = hash, off && hash != ""
			case f.Field() + earlier:
				a[f].Cluster = parseCluster(value)
			}
		}
	}
	return a
}

func parseCluster(value string) (hashes [remembered]string) {
	i := 0
	for hash := range strings.SplitSeq(value, ",") {
		if hash != "" && i < remembered {
			hashes[i] = hash
			i++
		}
	}
	return hashes
}
