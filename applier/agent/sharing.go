package agent

import (
	"cmp"
	"slices"

	"sluice/applier/desired"
)

// shared chooses up to most FlowExports, so that none is left out because of what another namespace has: the oldest
// one of each namespace, then the second one of each, and so on. Within such a round, older ones are first. The rest
// are others, in the same order.
func shared(all []desired.FlowExport, most int) (chosen, others []desired.FlowExport) {
	list := slices.Clone(all)
	age := func(a, b desired.FlowExport) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.UID, b.UID))
	}
	slices.SortFunc(list, age)
	round, before := map[string]int{}, map[string]int{} // by UID, and by namespace
	for _, e := range list {
		round[e.UID] = before[e.Namespace]
		before[e.Namespace]++
	}
	slices.SortStableFunc(list, func(a, b desired.FlowExport) int { return cmp.Compare(round[a.UID], round[b.UID]) })
	n := min(len(list), most)
	byName := func(a, b desired.FlowExport) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	}
	chosen = list[:n:n]
	slices.SortFunc(chosen, byName) // a report has the same order each time
	return chosen, list[n:]
}
