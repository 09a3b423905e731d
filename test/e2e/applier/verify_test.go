package applier

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAVerificationCountsRecordsOnTheNode(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	_, target := listen(t, f, false)
	_, second := listen(t, f, false)
	list := `{"collectors":["` + target + `","` + second + `"]}`
	export(t, `{"netFlow":`+list+`,"sFlow":`+list+`,"ipfix":`+list+`}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	if err := n.Traffic(t.Context(), 40); err != nil {
		t.Fatal(err)
	}
	request := time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	kubectl(t, "annotate", "nodeflowexport", n.Name, "sluice.dev/verify="+request)
	eventually(t, func(ctx context.Context) string {
		if err := n.Send(ctx, 4); err != nil {
			return err.Error()
		}
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil || r.Status.Verification == nil {
			return fmt.Sprintf("no verification: %v", err)
		}
		v := r.Status.Verification
		if v.Request != request || len(v.Formats) != 3 {
			return fmt.Sprintf("%+v", *v)
		}
		for _, format := range v.Formats {
			if format.Records == 0 {
				return fmt.Sprintf("no record of %s: %+v", format.Format, *v)
			}
		}
		return ""
	})
	if got := rows(t, n); strings.Count(got, "127.0.0.1:") != 3 {
		t.Errorf("the collector is no target:\n%s", got)
	}
	kubectl(t, "annotate", "nodeflowexport", n.Name, "sluice.dev/verify-")
	eventually(t, func(ctx context.Context) string {
		if got := rows(t, n); strings.Contains(got, "127.0.0.1:") {
			return "the collector is a target still"
		}
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil || r.Status.Verification == nil || r.Status.Verification.Phase != "Done" {
			return fmt.Sprintf("not done: %v %+v", err, r.Status.Verification)
		}
		return ""
	})
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}

func TestAVerificationThatCannotWorkIsRefused(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	refused := func(request, message string) {
		t.Helper()
		kubectl(t, "annotate", "--overwrite", "nodeflowexport", n.Name, "sluice.dev/verify="+request)
		eventually(t, func(ctx context.Context) string {
			r, err := shared.Report(ctx, n.Name)
			if err != nil || r == nil || r.Status.Verification == nil {
				return "no answer"
			}
			v := r.Status.Verification
			if v.Request == request && v.Phase == "Refused" && strings.Contains(v.Message, message) {
				return ""
			}
			return fmt.Sprintf("%+v", *v)
		})
	}
	refused("tomorrow", "is not an RFC 3339 time")
	refused("2020-01-01T00:00:00Z", "is in the past")
	refused(time.Now().Add(time.Minute).UTC().Format(time.RFC3339), "nothing is to be exported")
}
