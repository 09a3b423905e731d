package policy

import (
	"fmt"

	"sluice/validation"
)

// required checks whether a collector is removed that must stay.
func (e *evaluation) required(p *compiledPolicy) {
	if e.change.Resource != validation.Network {
		return // of a FlowExportProfile, see delivery
	}
	for i, s := range p.Required {
		created := e.change.Create && len(e.change.Result) > 0
		if holds(e.change.Result, s) || !created && !holds(e.change.Removed, s) {
			continue
		}
		action, what := validation.RemoveCollector, "must not be removed: the policy requires it; add it back"
		if created {
			action, what = validation.OmitCollector, "is missing: the policy requires it; add it"
		}
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: []string{p.Name}, Rule: fmt.Sprintf("required[%d]", i), Action: action, Format: s.Format,
				Field: e.change.ListField(s.Format), Value: s.Text(), Message: what,
			}
		})
	}
}

// delivery evaluates what stops the export to required collectors without removing them.
func (e *evaluation) delivery(p *compiledPolicy) {
	stop := e.change.Stops
	if stop == nil {
		return
	}
	for i, r := range p.Required {
		if e.change.Resource == validation.Network && !holds(e.change.Result, r) {
			continue
		}
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: []string{p.Name}, Rule: fmt.Sprintf("required[%d]", i), Action: validation.StopExport, Format: r.Format,
				Field: stop.Field, Value: stop.Text, Position: stop.Position,
				Message: stop.Why + ", but the policy requires " + r.String() + "; " + stop.Remedy,
			}
		})
	}
}
