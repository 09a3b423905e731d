package status

import (
	"cmp"
	"slices"
)

// rank sorts nodes: those with problems come first.
type rank int

const (
	rankProblem rank = iota
	rankUnsure       // nothing says whether its report is current
	rankOK
)

// ranked is a node, with or without a report, and its rank.
type ranked struct {
	name string
	rank rank
}

// ranked lists all nodes by rank, and by name in a rank.
func (c Cluster) ranked(problems []Problem) []ranked {
	wrong := map[string]bool{}
	for _, p := range problems {
		for _, name := range p.Nodes {
			wrong[name] = wrong[name] || !p.Cluster
		}
	}
	var list []ranked
	add := func(name string, sure bool) {
		r := ranked{name, rankOK}
		switch {
		case wrong[name]:
			r.rank = rankProblem
		case !sure:
			r.rank = rankUnsure
		}
		list = append(list, r)
	}
	for _, n := range c.Exports {
		add(n.Name, c.alive(n.Name) && c.upToDate(n))
	}
	for _, name := range c.silent() {
		if !slices.Contains(c.unknown, name) {
			add(name, false)
		}
	}
	slices.SortFunc(list, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.name, b.name)) })
	return list
}
