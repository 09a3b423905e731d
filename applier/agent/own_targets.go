package agent

import (
	"slices"

	"sluice/validation"
)

// targets are sockets of the agent's own that ovs-vswitchd sends to; empty for none.
type targets struct {
	// verification gets the records of each format while a verification runs.
	verification string
	// tenants gets the records of IPFIX, to split them by namespace.
	tenants string
}

// of lists those that are targets of a format.
func (t targets) of(f validation.Format) (list []string) {
	if t.verification != "" {
		list = append(list, t.verification)
	}
	if t.tenants != "" && f == validation.IPFIX {
		list = append(list, t.tenants)
	}
	return list
}

// without leaves the agent's own targets out.
func (t targets) without(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(target string) bool {
		return target != "" && (target == t.verification || target == t.tenants)
	})
}

// lacks reports whether Open vSwitch is known not to send to a socket of the agent's own.
func (r *reconciliation) lacks(target string) bool {
	if r == nil || r.err != nil || r.writeErr != nil {
		return false
	}
	formats := validation.Formats()
	return !slices.ContainsFunc(formats[:], func(f validation.Format) bool {
		row, exists := r.state.Export(f)
		return exists && slices.Contains(row.Exporter.CanonicalTargets(), target)
	})
}
