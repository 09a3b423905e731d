package status

import (
	"fmt"
	"strings"

	"sluice/cmd/internal/printable"
	"sluice/validation"
)

// lists are the collectors that are configured.
func (v View) lists(c Cluster) []string {
	if c.Generation == 0 {
		return nil
	}
	lines := []string{"", fmt.Sprintf("Network.operator cluster, generation %d", c.Generation)}
	for _, f := range validation.Formats() {
		list := "off"
		if collectors := c.Desired.Of(f); len(collectors) > 0 {
			list = strings.Join(printable.Lines(validation.Texts(collectors)), ", ")
		}
		lines = append(lines, wrapped(fmt.Sprintf("  %-8s %s%s", f, list, c.secondDoor(f)), v.Width, 11)...)
	}
	return lines
}

// secondDoor says what the ConfigMap ovs-flows-config adds to a format: only to IPFIX.
func (c Cluster) secondDoor(f validation.Format) string {
	switch {
	case f != validation.IPFIX:
		return ""
	case c.FlowsConfigUnknown != "":
		return "; ConfigMap ovs-flows-config: unknown, can't be read: " + printable.Line(c.FlowsConfigUnknown)
	case len(c.ConfigCollectors) > 0:
		return "; ConfigMap ovs-flows-config: " + strings.Join(printable.Lines(c.ConfigCollectors), ", ")
	}
	return ""
}
