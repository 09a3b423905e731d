package status

import (
	"cmp"
	"fmt"

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
		list := cmp.Or(entries(validation.Texts(c.Desired.Of(f)), c.malformedIn(f)), "off")
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
	}
	if targets := entries(c.ConfigCollectors, c.malformedTargets()); targets != "" {
		return "; ConfigMap ovs-flows-config: " + targets
	}
	return ""
}
