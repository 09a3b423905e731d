package ovs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"sluice/validation"
)

// Arguments are the arguments of ovs-vsctl, after the options that say which database and
// how long to wait, that execute the plan as one transaction; nil for an empty plan.
//
// The transaction first waits until the bridge's columns, and the rows that it changes or
// removes, are as they were when the plan was made, and reads them: ovs-vsctl then makes the server check
// them once more when it commits. If they changed, ovs-vsctl waits until its time is up and
// has done nothing.
func (p Plan) Arguments() []string {
	if p.Empty() {
		return nil
	}
	args := unchanged("Bridge", p.Bridge, p.expectations())
	for _, s := range p.Steps {
		if s.Set != "" {
			args = append(args, unchanged("Flow_Sample_Collector_Set", string(s.Set), []expectation{referenceTo("ipfix", s.Row)})...)
		}
		if expected := s.expectations(); len(expected) > 0 {
			args = append(args, unchanged(TableOf(s.Format), string(s.Row), expected)...)
		}
	}
	for i, s := range p.Steps {
		args = append(args, s.arguments(p.Bridge, "@row"+strconv.Itoa(i))...)
	}
	if p.WriteLastApplied {
		args = append(args, p.LastApplied.arguments(p.Bridge)...)
	}
	return args
}

// arguments are the command that stores what was applied last.
func (a LastApplied) arguments(bridge string) []string {
	if text := a.String(); text != "" {
		return []string{"--", "set", "Bridge", bridge, "external_ids:" + quote(LastAppliedKey) + "=" + quote(text)}
	}
	return []string{"--", "remove", "Bridge", bridge, "external_ids", quote(LastAppliedKey)}
}

// expectation is the value of a column, as ovs-vsctl compares it and as the server does.
type expectation struct {
	column, value string
	json          any
}

// unchanged are the commands that make the transaction depend on columns of a row.
func unchanged(table, row string, expected []expectation) []string {
	wait, get := []string{"--", "wait-until", table, row}, []string{"--", "get", table, row}
	for _, e := range expected {
		wait, get = append(wait, e.column+"="+e.value), append(get, e.column)
	}
	return append(wait, get...)
}

func (p Plan) expectations() []expectation {
	var list []expectation
	for _, f := range validation.Formats() {
		list = append(list, referenceTo(columnOf(f), p.Expect[f]))
	}
	return list
}

// referenceTo expects that a column refers to a row, or to none.
func referenceTo(column string, row UUID) expectation {
	if row == "" {
		return expectation{column, "[]", setOf()}
	}
	return expectation{column, string(row), []any{"uuid", row}}
}

// expectations are the targets and the columns that are set, or not set but about to be.
// A row that is too large is never changed in place. What refers to it has to be unchanged, and that is
// all.
func (s Step) expectations() []expectation {
	if s.Row == "" || s.Before.large() {
		return nil
	}
	list := []expectation{{"targets", textSet(s.Before.Targets), setOf(s.Before.Targets...)}}
	for _, c := range ColumnsOf(s.Format) {
		value, set := s.Before.Settings[c.Name]
		switch {
		case set:
			list = append(list, expectation{string(c.Name), c.text(value), c.json(value)})
		case !c.Required && s.After != nil && s.After.Settings[c.Name] != "":
			list = append(list, expectation{string(c.Name), "[]", setOf()})
		}
	}
	return list
}

// arguments are the commands of one step; symbol names a row that it makes.
func (s Step) arguments(bridge, symbol string) []string {
	table := TableOf(s.Format)
	switch {
	case s.Action == Clear && s.Drops != nil:
		return []string{"--", "destroy", "Flow_Sample_Collector_Set", string(s.Set)}
	case s.Action == Clear:
		return []string{"--", "clear", "Bridge", bridge, columnOf(s.Format)}
	case s.Action == Change:
		return s.change(table)
	}
	args := []string{"--", "--id=" + symbol, "create", table, "targets=" + textSet(s.After.CanonicalTargets())}
	for _, set := range s.Settings() {
		args = append(args, set.assignment())
	}
	if s.Drops == nil {
		return append(args, "--", "set", "Bridge", bridge, columnOf(s.Format)+"="+symbol)
	}
	return append(args,
		"--", "--id="+symbol+"bridge", "get", "Bridge", bridge,
		"--", "create", "Flow_Sample_Collector_Set", fmt.Sprintf("id=%d", s.Drops.CollectorSet),
		"bridge="+symbol+"bridge", "ipfix="+symbol, "external_ids:"+quote(DropsKey)+"=true")
}

// change writes into the present row.
func (s Step) change(table string) []string {
	var sets, clears []string
	if s.Retargets() {
		sets = append(sets, "targets="+textSet(s.After.CanonicalTargets()))
	}
	for _, w := range s.Settings() {
		if w.Clears() {
			clears = append(clears, string(w.Column.Name))
			continue
		}
		sets = append(sets, w.assignment())
	}
	var args []string
	if len(sets) > 0 {
		args = append(args, "--", "set", table, string(s.Row))
		args = append(args, sets...)
	}
	if len(clears) > 0 {
		args = append(args, "--", "clear", table, string(s.Row))
		args = append(args, clears...)
	}
	return args
}

// Clears reports whether the column is emptied. One that is required gets its default.
func (s Setting) Clears() bool { return s.Unset && !s.Column.Required }

func (s Setting) assignment() string { return string(s.Column.Name) + "=" + s.Column.text(s.To) }

// quote writes a text as an OVSDB string, which is quoted as in JSON. Go's own quoting
// differs in what can't be printed.
func quote(text string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always has an encoding
	return strings.TrimSuffix(b.String(), "\n")
}

// textSet writes texts as an OVSDB set.
func textSet(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = quote(t)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}
