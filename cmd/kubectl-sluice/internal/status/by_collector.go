package status

import (
	"fmt"
	"slices"
	"time"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// delivery is how one collector is served: how many nodes are in which state.
type delivery struct {
	format, target string
	// configured says that the stored lists have it.
	configured bool
	states     map[v1alpha1.CollectorState]int
	// nodes is how many nodes have the collector, old of how many of them the report is outdated.
	nodes, old int
	changed    time.Time
	where      string
}

// deliveries are the collectors of the stored lists, and then others that nodes export to.
func (c Cluster) deliveries() []*delivery {
	var list []*delivery
	index := map[[2]string]*delivery{}
	of := func(format, target string, configured bool) *delivery {
		key := [2]string{format, target}
		if index[key] == nil {
			index[key] = &delivery{format: format, target: target, configured: configured, states: map[v1alpha1.CollectorState]int{}}
			list = append(list, index[key])
		}
		return index[key]
	}
	for _, f := range validation.Formats() {
		for _, target := range validation.Texts(c.Desired.Of(f)) {
			of(f.Name(), target, true)
		}
	}
	for _, target := range c.ConfigCollectors {
		of(validation.IPFIX.Name(), target, true)
	}
	for _, n := range c.sorted() {
		old := !c.alive(n.Name) || !c.upToDate(n) || slices.Contains(c.NotReady, n.Name)
		for _, f := range n.Status.Formats {
			for _, s := range f.Collectors {
				d := of(string(f.Format), s.Target, desires(f, s.Target))
				if d.nodes++; old {
					d.old++
				} else {
					d.states[s.State]++
				}
				if since := c.ServerTime(n.Name, s.Since.Time); since.After(d.changed) {
					d.changed, d.where = since, n.Name
				}
			}
		}
	}
	return list
}

// desires tells whether a collector is among the desired ones of a node, such as one of an entry that
// contains no address.
func desires(f v1alpha1.FormatStatus, target string) bool {
	return f.Desired != nil && slices.Contains(f.Desired.Targets, target)
}

// collectorLines has a line for each collector.
func (v View) collectorLines(c Cluster, most int) []string {
	all := c.deliveries()
	if len(all) == 0 {
		return []string{"", "No collectors are configured, and no node exports."}
	}
	const frame = 3 // an empty line, the headings, and the count of what is left out
	limit := max(0, most-frame)
	if !v.All {
		limit = min(limit, shownNodes)
	}
	var table [][]string
	if v.Headers {
		table = append(table, []string{"FORMAT", "COLLECTOR", "NODES", "SENDING", "IDLE", "REFUSED", "NOT OPEN", "UNKNOWN", "CHANGED"})
	}
	for _, d := range all[:min(len(all), limit)] {
		table = append(table, d.cells(v))
	}
	lines := []string{""}
	for _, line := range aligned(table) {
		lines = append(lines, cutTo(line, v.Width))
	}
	if left := len(all) - limit; left > 0 {
		how := "; -A shows them"
		if v.All || v.Height > 0 {
			how = "" // the height is the limit
		}
		lines = append(lines, "and "+plural(left, "more collector", "more collectors")+how)
	}
	return lines
}

func (d *delivery) cells(v View) []string {
	target := d.target
	if !d.configured {
		target += " (not configured)"
	}
	cells := []string{d.format, target, fmt.Sprint(d.nodes)}
	for _, state := range []v1alpha1.CollectorState{v1alpha1.CollectorSending, v1alpha1.CollectorIdle, v1alpha1.CollectorRefused, v1alpha1.CollectorNotOpen} {
		cells = append(cells, fmt.Sprint(d.states[state]))
	}
	changed := "-"
	if d.where != "" {
		changed = fmt.Sprintf("%s (%s)", v.age(d.changed), d.where)
	}
	return append(cells, fmt.Sprint(d.states[v1alpha1.CollectorUnknown]+d.old), changed)
}
