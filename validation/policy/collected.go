package policy

import (
	"fmt"

	"sluice/validation"
)

// ownersField is the path of the owner references of an object.
const ownersField = "metadata.ownerReferences"

// mayBeCollected says what happens to a collector, and how to avoid it.
const mayBeCollected = "; the garbage collector deletes an object without existing owners; remove the owner reference"

// requiredCollected checks whether a required collector may be deleted by the garbage collector.
func (e *evaluation) requiredCollected(p *compiledPolicy) {
	if e.change.Resource != validation.Network {
		return
	}
	for i, s := range p.Required {
		if !holds(e.change.Collected, s) {
			continue
		}
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: []string{p.Name}, Rule: fmt.Sprintf("required[%d]", i), Action: validation.RemoveCollector, Format: s.Format,
				Field: ownersField, Value: s.Text(), Message: "must not be removed: the policy requires it" + mayBeCollected,
			}
		})
	}
}

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
