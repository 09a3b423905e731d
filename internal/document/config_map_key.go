package document

import (
	apivalidation "k8s.io/apimachinery/pkg/util/validation"

	"sluice/validation"
)

// refusedKeys finds the keys of a ConfigMap that the API server refuses: before a webhook sees the object,
// or after it, so that the webhook does not check them.
func refusedKeys(o validation.Object) []validation.Finding {
	var found []validation.Finding
	inData := map[string]bool{}
	for _, part := range []struct {
		field   string
		members []validation.Member
	}{{"data", o.Data.Members}, {"binaryData", o.BinaryData.Members}} {
		for _, m := range part.members {
			switch {
			case len(apivalidation.IsConfigMapKey(m.Key)) > 0:
				found = append(found, validation.RefusedKey(part.field, m, "is a key that the API server refuses; use only letters, digits, '-', '_' and '.'"))
			case part.field == "binaryData" && inData[m.Key]:
				found = append(found, validation.RefusedKey(part.field, m, "is in data too, which the API server refuses; remove it here"))
			}
			inData[m.Key] = inData[m.Key] || part.field == "data"
		}
	}
	return found
}
