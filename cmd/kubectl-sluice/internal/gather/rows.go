package gather

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/printable"
)

// Rows writes the rows of Open vSwitch that the nodes reported: one line for each node and format.
func Rows(exports []v1alpha1.NodeFlowExport) []byte {
	var b bytes.Buffer
	for _, n := range exports {
		fmt.Fprintf(&b, "%s\n", printable.Line(fmt.Sprintf("%s: Open vSwitch %s, bridge %s", n.Name, n.Status.OVSVersion, n.Status.Bridge)))
		for _, f := range n.Status.Formats {
			fmt.Fprintf(&b, "  %s\n", printable.Line(fmt.Sprintf("%s %s: %s", f.Format, f.Row, row(f))))
		}
	}
	return b.Bytes()
}

func row(f v1alpha1.FormatStatus) string {
	if f.Applied == nil {
		return f.Summary
	}
	parts := []string{"targets " + strings.Join(f.Applied.Targets, ", ")}
	for _, key := range slices.Sorted(maps.Keys(f.Applied.Parameters)) {
		parts = append(parts, key+" "+f.Applied.Parameters[key])
	}
	return fmt.Sprintf("%s (%s)", strings.Join(parts, "; "), f.Class)
}
