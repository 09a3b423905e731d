package board

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"sluice/cmd/internal/printable"
)

// Board is what the page shows. It is immutable.
type Board struct {
	// Sections are the parts of the page by name, Rows the nodes by name, in JSON.
	Sections map[string]json.RawMessage
	Rows     map[string]json.RawMessage
}

// The names of the sections.
const (
	SectionCluster  = "cluster"
	SectionSources  = "sources"
	SectionVerdict  = "verdict"
	SectionProblems = "problems"
	SectionColumns  = "columns"
	SectionChanges  = "changes"
	SectionPolicies = "policies"
	SectionMe       = "me"
)

// Message is what is sent to the browser: all of a board, or what changed since the last one.
type Message struct {
	// Full says that this is all of the board.
	Full     bool                       `json:"full,omitempty"`
	Sections map[string]json.RawMessage `json:"sections,omitempty"`
	Rows     map[string]json.RawMessage `json:"rows,omitempty"`
	Gone     []string                   `json:"gone,omitempty"`
}

// Since is what changed after another board; all if there was none. It is false if nothing did.
func (b *Board) Since(last *Board) (Message, bool) {
	if last == nil {
		return Message{Full: true, Sections: b.Sections, Rows: b.Rows}, true
	}
	m := Message{Sections: changed(last.Sections, b.Sections), Rows: changed(last.Rows, b.Rows)}
	for name := range last.Rows {
		if _, ok := b.Rows[name]; !ok {
			m.Gone = append(m.Gone, name)
		}
	}
	slices.Sort(m.Gone)
	return m, len(m.Sections)+len(m.Rows)+len(m.Gone) > 0
}

func changed(before, after map[string]json.RawMessage) map[string]json.RawMessage {
	list := maps.Clone(after)
	maps.DeleteFunc(list, func(name string, value json.RawMessage) bool { return bytes.Equal(before[name], value) })
	return list
}

// Build makes the board of a cluster.
func Build(f Facts) *Board {
	f = f.bounded()
	problems, columns := f.problems(), f.columns()
	b := &Board{Rows: map[string]json.RawMessage{}, Sections: map[string]json.RawMessage{
		SectionCluster: encode(f.cluster()), SectionSources: encode(f.Sources), SectionVerdict: encode(f.verdict()), SectionProblems: encode(problems),
		SectionColumns: encode(columns), SectionChanges: encode(f.changes()), SectionPolicies: encode(f.policies()), SectionMe: encode(f.Me),
	}}
	if f.source(SourceReports).Known() && f.loading() == "" {
		for _, r := range f.rows(problems, columns) {
			b.Rows[r.Name] = encode(r)
		}
	}
	return b
}

// encode is a value in JSON, in which each text is one line that a browser shows as it is.
func encode(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage("null") // can't happen: the values are texts, numbers and lists
	}
	return printable.Values(text, printable.Line)
}
