package ovs

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-project/sluice/validation"
)

// Arguments are the arguments of ovs-vsctl, after the options that say which database and
// how long to wait, that execute the plan as one transaction. A plan with nothing to do has
// none.
//
// The transaction first waits until the bridge's columns are as they were when the plan was
// made, and reads them: ovs-vsctl then makes the server check them once more when it
// commits. If they changed, ovs-vsctl waits until its time is up and has done nothing.
func (p Plan) Arguments() []string {
	if p.Empty() {
		return nil
	}
	args := append([]string{"--", "wait-until", "Bridge", p.Bridge}, p.expectations()...)
	args = append(args, "--", "get", "Bridge", p.Bridge, "netflow", "sflow", "ipfix")
	for i, s := range p.Steps {
		args = append(args, s.arguments(p.Bridge, "@row"+strconv.Itoa(i))...)
	}
	if p.Remember {
		if text := p.Note.String(); text != "" {
			args = append(args, "--", "set", "Bridge", p.Bridge, "external_ids:"+quote(AppliedKey)+"="+quote(text))
		} else {
			args = append(args, "--", "remove", "Bridge", p.Bridge, "external_ids", quote(AppliedKey))
		}
	}
	return args
}

func (p Plan) expectations() []string {
	var list []string
	for _, f := range validation.Formats() {
		value := string(p.Expect[f])
		if value == "" {
			value = "[]"
		}
		list = append(list, columnOf(f)+"="+value)
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

// change writes into the row that stands there.
func (s Step) change(table string) []string {
	var set, clear []string
	if s.retargets() {
		set = append(set, "targets="+textSet(s.After.CanonicalTargets()))
	}
	for _, w := range s.Settings() {
		if w.Unset && w.Column != ActiveTimeout { // NetFlow's timeout can't be empty
			clear = append(clear, string(w.Column))
			continue
		}
		set = append(set, w.assignment())
	}
	var args []string
	if len(set) > 0 {
		args = append(args, "--", "set", table, string(s.Row))
		args = append(args, set...)
	}
	if len(clear) > 0 {
		args = append(args, "--", "clear", table, string(s.Row))
		args = append(args, clear...)
	}
	return args
}

func (s Setting) assignment() string {
	if isText(s.Column) {
		return string(s.Column) + "=" + quote(s.To)
	}
	return string(s.Column) + "=" + s.To
}

// quote writes a text as an OVSDB string, which is quoted as in JSON.
func quote(text string) string { return strconv.Quote(text) }

// textSet writes texts as an OVSDB set.
func textSet(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = quote(t)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}
