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
	e.collected(at, names)
}

// ownersField is the path of the owner references of an object.
const ownersField = "metadata.ownerReferences"

// mayBeCollected says what happens to a collector, and how to avoid it.
const mayBeCollected = "; the garbage collector deletes an object without existing owners; remove the owner reference"

// collected checks what the garbage collector may delete.
func (e *evaluation) collected(at Enforcement, names []string) {
	for _, c := range e.change.Collected {
		if _, allowed := e.matchAllow(at, c); allowed {
			continue
		}
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: names, Rule: "removal", Action: validation.RemoveCollector, Format: c.Format, Field: ownersField, Value: c.Text(), Position: c.Position,
				Message: e.mayNot("remove this "+c.Format.String()+" collector") + ": no allow rule matches it" + mayBeCollected + e.allowed(at),
			}
		})
	}
}
