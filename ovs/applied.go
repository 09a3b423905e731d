package ovs

import (
	"strings"

	"github.com/sluice-project/sluice/validation"
)

// AppliedKey is the key in Bridge:external_ids under which Sluice writes down what it
// applied last. It survives the starts of ovnkube-node, which replaces the rows but leaves
// this alone. The rows themselves carry no mark, so that they look exactly like those that
// ovnkube-node would have made.
const AppliedKey = "sluice.dev/applied"

// Applied is what Sluice last made of each format, or last saw there and wanted.
type Applied [3]Note

// Note is what was applied last for one format.
type Note struct {
	// Hash of the record; empty if Sluice never wanted one.
	Hash string
	// Off says that the record was removed since, because it is no longer wanted.
	Off bool
}

// String is the text that is stored: "netFlow=HASH ipfix=-HASH", a minus for what is off.
func (a Applied) String() string {
	var parts []string
	for _, f := range validation.Formats() {
		if note := a[f]; note.Hash != "" {
			sign := ""
			if note.Off {
				sign = "-"
			}
			parts = append(parts, f.Field()+"="+sign+note.Hash)
		}
	}
	return strings.Join(parts, " ")
}

// ParseApplied reads the stored text. What it does not know it ignores: the worst that can
// follow is that a row counts as somebody else's.
func ParseApplied(text string) Applied {
	var a Applied
	for part := range strings.FieldsSeq(text) {
		name, hash, _ := strings.Cut(part, "=")
		for _, f := range validation.Formats() {
			if name == f.Field() {
				hash, off := strings.CutPrefix(hash, "-")
				a[f] = Note{Hash: hash, Off: off && hash != ""}
			}
		}
	}
	return a
}
