package board

import (
	"sluice/validation"
)

// Column is a collector: of the stored lists, or one that a node exports to as well.
type Column struct {
	Format string `json:"format"`
	Target string `json:"target"`
	// Extra says that the stored lists do not have it.
	Extra bool `json:"extra,omitempty"`
}

// Columns are the collectors of the board.
type Columns struct {
	List []Column `json:"list"`
	// Omitted is how many collectors have no column.
	Omitted int `json:"omitted,omitempty"`
}

// columns lists the collectors of the stored lists, in their order, and then the others.
func (f Facts) columns() Columns {
	c := Columns{List: []Column{}}
	known := map[Column]bool{}
	add := func(format, target string, extra bool) {
		key := Column{Format: format, Target: cut(target)}
		if known[key] {
			return
		}
		known[key] = true
		if key.Extra = extra; len(c.List) >= maxColumns {
			c.Omitted++
			return
		}
		c.List = append(c.List, key)
	}
	for _, format := range validation.Formats() {
		for _, text := range validation.Texts(f.Cluster.Desired.Of(format)) {
			add(format.Name(), text, false)
		}
	}
	extra := f.source(SourceNetwork).Known()
	for _, format := range validation.Formats() {
		for _, n := range f.Cluster.Exports {
			for _, s := range n.Status.Formats {
				if string(s.Format) != format.Name() {
					continue
				}
				for _, collector := range s.Collectors {
					add(format.Name(), collector.Target, extra)
				}
			}
		}
	}
	return c
}
