package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sluice/cmd/internal/printable"
)

// problems lists what is wrong: what concerns the cluster first, then what concerns most nodes. Many
// problems with one reason are one line, such as a message with another number on each node.
func (v View) problems(list []Problem, most int) []string {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Problem) int {
		if a.Cluster != b.Cluster {
			if a.Cluster {
				return -1
			}
			return 1
		}
		return cmp.Compare(len(b.Nodes), len(a.Nodes))
	})
	list, more := v.merged(list)
	left := 0
	if !v.All {
		left = max(0, len(list)-most)
		list = list[:len(list)-left]
	}
	lines := []string{"", "Problems:"}
	for _, p := range list {
		for i, line := range wrapped(v.problem(p, more[p.Reason]), v.Width, 6) {
			if i == 0 {
				line = paintReason(v, line, printable.Line(p.Reason))
			}
			lines = append(lines, line)
		}
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("  and %s; -A shows them", plural(left, "more problem", "more problems")))
	}
	return lines
}

// alike are the problems with one reason that are shown as one line.
type alike struct {
	nodes    []string
	messages int
}

// merged replaces all but the first problems with one reason by one that counts them.
func (v View) merged(list []Problem) ([]Problem, map[string]*alike) {
	count := map[string]int{}
	more := map[string]*alike{}
	if v.All {
		return list, more
	}
	for _, p := range list {
		count[p.Reason]++
	}
	seen := map[string]int{}
	kept := list[:0:0]
	for _, p := range list {
		if seen[p.Reason]++; count[p.Reason] <= shownAlike {
			kept = append(kept, p)
			continue
		}
		if seen[p.Reason] == 1 {
			more[p.Reason] = &alike{}
			kept = append(kept, p)
		}
		a := more[p.Reason]
		a.messages++
		a.nodes = append(a.nodes, p.Nodes...)
	}
	for i, p := range kept {
		if a := more[p.Reason]; a != nil {
			slices.Sort(a.nodes)
			kept[i].Nodes = slices.Compact(a.nodes)
		}
	}
	return kept, more
}

// problem is one line.
func (v View) problem(p Problem, more *alike) string {
	where := p.Where()
	if v.All {
		where = strings.Join(p.Nodes, ", ")
	}
	line := "  " + printable.Line(fmt.Sprintf("%s: %s: %s", where, p.Reason, p.Message))
	if p.Since != nil && !v.Now.Before(p.Since.Time) {
		line += fmt.Sprintf(" (for %s)", v.age(p.Since.Time))
	}
	if more != nil {
		line += fmt.Sprintf("; and %d similar messages, -A shows them", more.messages-1)
	}
	return line
}

// paintReason colors the reason in a line.
func paintReason(v View, line, reason string) string {
	return strings.Replace(line, ": "+reason+":", ": "+v.paint(red, reason)+":", 1)
}
