package ovs

import (
	"fmt"
	"maps"
	"slices"

	"sluice/validation"
)

// State is what one node's Open vSwitch database says, as one consistent read.
type State struct {
	// Bridge is nil if there is no bridge of the given name.
	Bridge *Bridge
	// Rows holds all rows of the three tables, the bridge's and others.
	Rows map[UUID]Row
	// CollectorSets is the table Flow_Sample_Collector_Set.
	CollectorSets []CollectorSet
	// NextConfig counts the changes that ovs-vswitchd has to apply, CurrentConfig is the last
	// one that it applied.
	NextConfig, CurrentConfig int64
	// Version of ovs-vswitchd, if its start script stored it.
	Version string
	// Lacks and Has are columns that the server is known to lack and to have, if the state was not read from it.
	Lacks, Has []ColumnName
	// Hidden are the columns that ovs-vsctl does not know, but the server has.
	Hidden Hidden
	// schema is the server's.
	schema Schema
	// elsewhere counts how many other bridges refer to a row.
	elsewhere map[UUID]int
}

// UUID identifies a row; empty for no row.
type UUID string

// Bridge is a bridge's row in table Bridge.
type Bridge struct {
	UUID UUID
	Name string
	// Export refers to the rows that say where its records go, by format.
	Export [3]UUID
	// LastApplied is what Sluice stored about what it applied last.
	LastApplied LastApplied
	// HasLastApplied says that LastApplied is stored at all.
	HasLastApplied bool
}

// Row is a row of table NetFlow, sFlow or IPFIX.
type Row struct {
	UUID     UUID
	Exporter Exporter
	// Shared says that something else refers to the row as well: another bridge, or a
	// Flow_Sample_Collector_Set. A change in place would change that too.
	Shared bool
}

// CollectorSet is a row of table Flow_Sample_Collector_Set, which OVN's sample actions
// name by ID.
type CollectorSet struct {
	UUID   UUID
	ID     uint32
	Bridge UUID
	IPFIX  UUID
	// Ours says that Sluice made it.
	Ours bool
}

// References counts how often the bridge and all collector sets refer to each row.
func (s State) References() map[UUID]int {
	count := map[UUID]int{}
	if s.Bridge != nil {
		for _, id := range s.Bridge.Export {
			count[id]++
		}
	}
	for _, set := range s.CollectorSets {
		count[set.IPFIX]++
	}
	return count
}

// Elsewhere counts how often other bridges refer to each row that they refer to. A state
// that was not read from a database says so only by Shared.
func (s State) Elsewhere() map[UUID]int {
	if s.elsewhere != nil {
		return maps.Clone(s.elsewhere)
	}
	count, here := map[UUID]int{}, s.References()
	for id, row := range s.Rows {
		if row.Shared && here[id] <= 1 {
			count[id] = 2 - here[id]
		}
	}
	return count
}

// Share sets Shared of all rows, by how often other bridges refer to each.
func (s *State) Share(elsewhere map[UUID]int) {
	here := s.References()
	for id, row := range s.Rows {
		row.Shared = here[id]+elsewhere[id] > 1
		s.Rows[id] = row
	}
}

// Export is the row that says where the bridge's records of a format go.
func (s State) Export(f validation.Format) (Row, bool) {
	if s.Bridge == nil {
		return Row{}, false
	}
	row, ok := s.Rows[s.Bridge.Export[f]]
	return row, ok
}

// Behind reports whether ovs-vswitchd has not applied a change yet.
func (s State) Behind() bool { return s.CurrentConfig < s.NextConfig }

// Supports reports whether the node's Open vSwitch has a column: its schema tells. A state that was
// not read from a database has no schema; then Lacks and Has tell, and otherwise the version, if it is known.
func (s State) Supports(f validation.Format, c ColumnName) bool {
	switch {
	case s.schema.columns != nil:
	case slices.Contains(s.Lacks, c):
		return false
	default:
		return slices.Contains(s.Has, c) || !older(s.Version, Since(c))
	}
	return s.schema.Has(TableOf(f), string(c))
}

// older reports whether a version of Open vSwitch is known to be older than another one. Only the
// first two numbers count.
func older(version, than string) bool {
	a, b, ok := numbers(version)
	c, d, required := numbers(than)
	return ok && required && (a < c || a == c && b < d)
}

func numbers(version string) (major, minor int, ok bool) {
	n, err := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return major, minor, err == nil && n == 2
}
