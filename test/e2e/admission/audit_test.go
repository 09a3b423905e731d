package admission

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The API server's audit log tells what Sluice said about each request.
func TestAuditLogHoldsTheVerdict(t *testing.T) {
	reset(t)
	merge(t, `{"netFlow":{"collectors":["10.0.0.01:2055","192.0.2.1"]}}`)
	merge(t, `{"netFlow":{"collectors":[" 127.0.0.1:2055"]}}`)
	text, err := os.ReadFile(shared.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	var found []map[string]string
	for line := range strings.Lines(string(text)) {
		var event struct {
			User        struct{ Username string }
			Verb        string
			Annotations map[string]string
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if event.User.Username != "netadmin" || event.Verb != "patch" {
			continue
		}
		ours := map[string]string{}
		for key, value := range event.Annotations {
			if strings.Contains(key, ".sluice.dev/") {
				if strings.HasSuffix(key, "/request") && len(value) == len("49956c9f-caf8-4f99-8bcd-29a6f2f0b436") {
					value = "UID"
				}
				ours[key] = value
			}
		}
		found = append(found, ours)
	}
	want := []map[string]string{
		{"networks.mutate.sluice.dev/verdict": "Rejected", "networks.mutate.sluice.dev/rules": "leading-zero,missing-port", "networks.mutate.sluice.dev/request": "UID"},
		{
			"networks.mutate.sluice.dev/verdict": "Normalized", "networks.mutate.sluice.dev/rules": "loopback,white-space",
			"networks.validate.sluice.dev/verdict": "Accepted", "networks.validate.sluice.dev/rules": "loopback",
		},
	}
	if len(found) < 2 {
		t.Fatalf("%d events", len(found))
	}
	if diff := cmp.Diff(want, found[len(found)-2:]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
