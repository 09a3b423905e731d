package policy

import "sluice/validation"

// removed checks what the user removes.
func (e *evaluation) removed(at Enforcement) {
	var names []string
	for _, p := range e.policies {
		if p.Enforcement == at && p.RemovalRestricted {
			names = append(names, p.Name)
		}
	}
	if names == nil {
		return
	}
	for _, c := range e.change.Removed {
		if _, allowed := e.matchAllow(at, c); allowed {
			continue
		}
		e.elsewhere = true
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: names, Rule: "removal", Action: validation.RemoveCollector, Format: c.Format, Field: e.change.ListField(c.Format), Value: value(c), Position: c.Position,
				Message: e.mayNot("remove "+removing(c)) + ": no allow rule matches it; add it back",
			}
		})
	}
}
