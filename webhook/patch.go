package webhook

import (
	"encoding/json"
	"fmt"

	"sluice/validation"
)

// patchOperation is one operation of a JSON patch (RFC 6902).
type patchOperation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// encodePatch writes one explicit operation for each edit. A diff of the whole object would cost
// more, and could change fields that this version does not know.
func encodePatch(edits []validation.Edit) ([]byte, error) {
	patch := make([]patchOperation, len(edits))
	for i, e := range edits {
		switch {
		case e.Remove:
			patch[i] = patchOperation{Op: "remove", Path: e.Pointer}
		case e.List != nil:
			patch[i] = patchOperation{Op: "replace", Path: e.Pointer, Value: e.List}
		default:
			patch[i] = patchOperation{Op: "replace", Path: e.Pointer, Value: e.Text}
		}
	}
	out, err := json.Marshal(patch)
	if err != nil {
		return nil, fmt.Errorf("encode patch: %w", err)
	}
	return out, nil
}
