package admission

import (
	"encoding/json"
	"testing"
)

// withoutManagedFields drops what server-side apply doesn't take.
func withoutManagedFields(t *testing.T, object string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Fatal(err)
	}
	metadata, ok := fields["metadata"].(map[string]any)
	if !ok {
		t.Fatalf("no metadata in %s", object)
	}
	delete(metadata, "managedFields")
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
