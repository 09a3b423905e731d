package monitoring

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// query is a PromQL expression, and what else is used of its result.
type query struct {
	// where it stands, for messages.
	where, expr string
	// legend is a panel's text for each series, as in "{{node}}".
	legend string
	panel  bool
}

// selector is a metric with the labels that are asked for, as written.
type selector struct{ metric, matchers string }

func (s selector) String() string { return s.metric + s.matchers }

var (
	selectorPattern = regexp.MustCompile(`\b((?:sluice|apiserver|process|container|kube)_\w+|\w+(?::\w+)+|up|ALERTS)\b(\{[^}]*\})?`)
	groupingPattern = regexp.MustCompile(`\b(?:by|on|without|ignoring) *\(([^)]*)\)`)
	legendPattern   = regexp.MustCompile(`\{\{(\w+)\}\}`)
	stringPattern   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
)

// selectors are those of an expression.
func (q query) selectors() []selector {
	var list []selector
	for _, m := range selectorPattern.FindAllStringSubmatch(q.expr, -1) {
		if s := (selector{m[1], m[2]}); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// labels are those by which an expression groups and matches, and its legend names.
func (q query) labels() []string {
	var list []string
	for _, m := range groupingPattern.FindAllStringSubmatch(stringPattern.ReplaceAllString(q.expr, ""), -1) {
		for label := range strings.SplitSeq(m[1], ",") {
			if label = strings.TrimSpace(label); label != "" && label != "le" {
				list = append(list, label)
			}
		}
	}
	for _, m := range legendPattern.FindAllStringSubmatch(q.legend, -1) {
		list = append(list, m[1])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func TestSelectorsAndLabelsAreFound(t *testing.T) {
	q := query{expr: `sum by (node, le) (rate(sluice_agent_x{a="b",c=~"d.+"}[5m])) / on (format) max(node:sluice_y:max offset 5m) > 3 * up`, legend: "{{type}} of {{node}}"}
	if diff := cmp.Diff([]string{`sluice_agent_x{a="b",c=~"d.+"}`, "node:sluice_y:max", "up"}, texts(q.selectors())); diff != "" {
		t.Errorf("selectors (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"format", "node", "type"}, q.labels()); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func texts(list []selector) []string {
	var all []string
	for _, s := range list {
		all = append(all, s.String())
	}
	return all
}
