package check

import (
	"sluice/cmd/sluice/internal/report"
	"sluice/internal/document"
	"sluice/validation"
)

// newExport is a FlowExport of a checked file that is not stored: its result is results[index].
type newExport struct {
	in    validation.Input
	name  string
	found []validation.Finding
	index int
}

// counts adds a document, the next one that is reviewed, to the new FlowExports.
func (r *review) counts(d document.Document, in validation.Input) {
	if d.Kind == document.FlowExport && in.Policies != nil && in.Operation == validation.Create {
		r.exports = append(r.exports, newExport{in, d.Name, d.Findings, len(r.results)})
	}
}

// inNamespace identifies a FlowExport.
type inNamespace struct{ namespace, name string }

// quotas reviews new FlowExports again if their namespaces have others, in files before them or among the
// stored objects. Each file alone can be within the quota.
func (r *reviewer) quotas(all []checked) {
	others := map[string]int{}
	seen := map[inNamespace]bool{}
	if r.old != nil {
		for _, d := range r.old.documents {
			if d.Kind == document.FlowExport {
				others[d.Namespace]++
			}
		}
	}
	for i := range all {
		for _, e := range all[i].exports {
			namespace := e.in.Namespace.Name
			id := inNamespace{namespace, e.name}
			if seen[id] {
				continue // one file replaces the other
			}
			seen[id] = true
			if n := others[namespace]; n > 0 {
				e.in.Namespace.Others += n
				again(&all[i].results[e.index], e)
			}
			others[namespace]++
		}
	}
}

// again replaces a verdict.
func again(result *report.Result, e newExport) {
	result.Verdict = addFindings(validation.Review(e.in), e.found)
}
