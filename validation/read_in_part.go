package validation

import (
	"fmt"
	"strings"
)

// rejectUnlessRead rejects a change of an object of which only a part could be read. What policies say of it
// may be wrong. A user to whom no policy applies can replace the object.
func (v *Verdict) rejectUnlessRead(old *Object) {
	field := readInPart(old)
	if field == "" {
		return
	}
	v.Errors = append(v.Errors, Finding{
		Rule: RuleTooMany, Field: field,
		Message: fmt.Sprintf("holds more in the stored object than can be read (%d collectors or %d bytes), so that the policies can't be evaluated; ask a user who is exempt from the policies to write fewer collectors", maxRead, MaxText),
	})
	v.Edits = nil
}

// readInPart is the path of a field of the stored object of which not all collectors were read;
// empty if there is none.
func readInPart(o *Object) string {
	if o.Resource != FlowsConfig {
		if !o.ExportNetworkFlows.whole() {
			return o.Resource.flowsField()
		}
		for _, f := range Formats() {
			for _, item := range storedItems(o, f) {
				if strings.Count(item.Text, ",") < maxRead {
					continue
				}
				if _, more := pieces(item.Text); more > 0 {
					return o.Resource.flowsField()
				}
			}
		}
		return ""
	}
	key := targetKey(o)
	target := o.Data.Get(key)
	if _, more := readTarget(target); more > 0 || !target.whole() {
		return "data." + key
	}
	return ""
}
