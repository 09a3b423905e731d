package board

import (
	"cmp"
	"slices"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// State sums a node up.
type State string

// The states of a node.
const (
	StateProblem  State = "problem"
	StateUnknown  State = "unknown" // nothing says whether the report is current
	StateSilent   State = "silent"  // no report, and no agent anywhere
	StateOff      State = "off"     // nothing is to be exported
	StateExported State = "ok"
)

// Row is a node. Its names are short, because there is one for each node.
type Row struct {
	Name  string `json:"n"`
	State State  `json:"s"`
	// Problems are the IDs of its problems.
	Problems []string `json:"p,omitempty"`
	// Cells has a letter for each column; see letter.
	Cells string `json:"c"`
	// Old says that the report may be outdated.
	Old       bool       `json:"o,omitempty"`
	Mode      string     `json:"m,omitempty"`
	Applied   string     `json:"a,omitempty"`
	Exporting string     `json:"e,omitempty"`
	Since     *time.Time `json:"t,omitempty"`
}

// letter is the state of a collector on a node: "-" if the node does not export to it, "?" if
// there is no report.
func letter(s v1alpha1.CollectorState) byte {
	switch s {
	case v1alpha1.CollectorSending:
		return 's'
	case v1alpha1.CollectorIdle:
		return 'i'
	case v1alpha1.CollectorRefused:
		return 'r'
	case v1alpha1.CollectorNotOpen:
		return 'n'
	case v1alpha1.CollectorUnknown:
	}
	return 'u'
}

// rows are the nodes with and without a report.
func (f Facts) rows(problems Problems, columns Columns) []Row {
	of := problems.byNode
	index := map[Column]int{}
	for i, c := range columns.List {
		index[Column{Format: c.Format, Target: c.Target}] = i
	}
	reported := map[string]bool{}
	var rows []Row
	for _, n := range f.Cluster.Exports {
		reported[n.Name] = true
		r := Row{Name: n.Name, Problems: of[n.Name], Mode: string(n.Status.Mode), Old: f.Cluster.Old(n.Name), Cells: cells(n, index)}
		r.Applied, r.Since = condition(n, v1alpha1.ConditionApplied)
		if r.Since != nil {
			since := f.Cluster.ServerTime(n.Name, *r.Since)
			r.Since = &since
		}
		r.Exporting, _ = condition(n, v1alpha1.ConditionExporting)
		r.State = f.state(n, r)
		rows = append(rows, r)
	}
	for _, name := range f.Cluster.Nodes {
		if reported[name] {
			continue
		}
		r := Row{Name: name, Problems: of[name], State: StateSilent, Cells: string(slices.Repeat([]byte("?"), len(columns.List)))}
		if len(r.Problems) > 0 {
			r.State = StateProblem
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Name, b.Name) })
	return first(rows, maxRows)
}

func (f Facts) state(n v1alpha1.NodeFlowExport, r Row) State {
	exporting := apimeta.FindStatusCondition(n.Status.Conditions, v1alpha1.ConditionExporting)
	switch {
	case len(r.Problems) > 0:
		return StateProblem
	case r.Old, !f.source(SourceNetwork).Known():
		return StateUnknown
	case exporting != nil && exporting.Reason == v1alpha1.ReasonOff:
		return StateOff
	}
	return StateExported
}

func cells(n v1alpha1.NodeFlowExport, index map[Column]int) string {
	list := slices.Repeat([]byte("-"), len(index))
	for _, s := range n.Status.Formats {
		for _, c := range s.Collectors {
			if i, ok := index[Column{Format: string(s.Format), Target: cut(c.Target)}]; ok {
				list[i] = letter(c.State)
			}
		}
	}
	return string(list)
}

// condition is the status of a condition, and since when it has it.
func condition(n v1alpha1.NodeFlowExport, kind string) (string, *time.Time) {
	c := apimeta.FindStatusCondition(n.Status.Conditions, kind)
	if c == nil {
		return "", nil
	}
	return string(c.Status), moment(c.LastTransitionTime)
}

func moment(t metav1.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}
