package ovs

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// ForOperations reports whether the plan depends on or writes a hidden column, so that ovs-vsctl can't
// execute its Arguments. ovsdb-client can execute its Operations.
func (p Plan) ForOperations() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		for _, c := range p.hidden[s.Format] {
			written := slices.ContainsFunc(s.Settings(), func(w Setting) bool { return w.Column.Name == c })
			expected := slices.ContainsFunc(s.expectations(), func(e expectation) bool { return e.column == string(c) })
			if written || expected {
				return true
			}
		}
		return false
	})
}

// Operations are the plan as a transaction (RFC 7047, 4.1.3) for ovsdb-client, with the same effect as
// Arguments; nil for an empty plan. Unlike ovs-vsctl, the server does not wait until what is expected
// comes true, and ovsdb-client does not wait for ovs-vswitchd.
func (p Plan) Operations() []any {
	if p.Empty() {
		return nil
	}
	bridge := []any{[]any{"name", "==", p.Bridge}}
	// The comment is in the log of the database, as ovs-vsctl's.
	comment := operation{"op": "comment", "comment": "ovsdb-client (invoked by sluice-agent)"}
	transaction := []any{SwitchDatabase, comment, wait("Bridge", bridge, p.expectations())}
	for _, s := range p.Steps {
		if s.Set != "" {
			transaction = append(transaction, wait("Flow_Sample_Collector_Set", rowIs(s.Set), []expectation{referenceTo("ipfix", s.Row)}))
		}
		if expected := s.expectations(); len(expected) > 0 {
			transaction = append(transaction, wait(TableOf(s.Format), rowIs(s.Row), expected))
		}
	}
	for i, s := range p.Steps {
		transaction = append(transaction, s.operations(p.bridge, bridge, "row"+strconv.Itoa(i))...)
	}
	if p.WriteLastApplied {
		mutations := []any{[]any{"external_ids", "delete", setOf(LastAppliedKey)}}
		if text := p.LastApplied.String(); text != "" {
			mutations = append(mutations, []any{"external_ids", "insert", mapOf(LastAppliedKey, text)})
		}
		transaction = append(transaction, operation{"op": "mutate", "table": "Bridge", "where": bridge, "mutations": mutations})
	}
	// This is how ovs-vswitchd is told that there is something to do.
	next := []any{[]any{"next_cfg", "+=", 1}}
	return append(transaction, operation{"op": "mutate", "table": "Open_vSwitch", "where": everyRow(), "mutations": next})
}

// wait makes the transaction fail if columns of a row have other values.
func wait(table string, where []any, expected []expectation) operation {
	columns, values := []string{}, map[string]any{}
	for _, e := range expected {
		columns = append(columns, e.column)
		values[e.column] = e.json
	}
	return operation{"op": "wait", "timeout": 0, "table": table, "where": where, "columns": columns, "until": "==", "rows": []any{values}}
}

// operations are those of one step; name is that of a row that it makes.
func (s Step) operations(bridge UUID, bridgeRow []any, name string) []any {
	table := TableOf(s.Format)
	refer := func(value any) any {
		return operation{"op": "update", "table": "Bridge", "where": bridgeRow, "row": map[string]any{columnOf(s.Format): value}}
	}
	switch {
	case s.Action == Clear && s.Drops != nil:
		return []any{operation{"op": "delete", "table": "Flow_Sample_Collector_Set", "where": rowIs(s.Set)}}
	case s.Action == Clear:
		return []any{refer(setOf())}
	case s.Action == Change:
		return []any{operation{"op": "update", "table": table, "where": rowIs(s.Row), "row": s.values()}}
	}
	created := operation{"op": "insert", "table": table, "uuid-name": name, "row": s.values()}
	named := []any{"named-uuid", name}
	if s.Drops == nil {
		return []any{created, refer(named)}
	}
	return []any{created, operation{"op": "insert", "table": "Flow_Sample_Collector_Set", "row": map[string]any{
		"id": s.Drops.CollectorSet, "bridge": []any{"uuid", bridge}, "ipfix": named, "external_ids": mapOf(DropsKey, "true"),
	}}}
}

// values are the columns that a step writes.
func (s Step) values() map[string]any {
	values := map[string]any{}
	if s.Action != Change || s.Retargets() {
		values["targets"] = setOf(s.After.CanonicalTargets()...)
	}
	for _, w := range s.Settings() {
		switch {
		case w.Clears() && w.Column.Map:
			values[string(w.Column.Name)] = mapOfAll(nil)
			continue
		case w.Clears():
			values[string(w.Column.Name)] = setOf()
			continue
		}
		values[string(w.Column.Name)] = w.Column.json(w.To)
	}
	return values
}

// json is a value as the server reads it (RFC 7047, 5.1).
func (c Column) json(value string) any {
	switch {
	case c.Quoted:
		return value
	case c.Boolean:
		return value == "true"
	case c.Map:
		return mapOfAll(pairsOf(value))
	}
	return json.Number(value)
}

func setOf(texts ...string) any {
	return []any{"set", append([]string{}, texts...)}
}

func mapOf(key, value string) any {
	return []any{"map", []any{[]string{key, value}}}
}

func mapOfAll(pairs map[string]string) any {
	list := [][]string{}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		list = append(list, []string{key, pairs[key]})
	}
	return []any{"map", list}
}

func rowIs(id UUID) []any {
	return []any{[]any{"_uuid", "==", []any{"uuid", id}}}
}
