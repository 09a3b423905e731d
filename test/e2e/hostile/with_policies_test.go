package hostile

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// Policies are written by people who are trusted more, but there may be many of them.
func TestHundredsOfPolicies(t *testing.T) {
	prepare(t)
	var manifest strings.Builder
	for i := range 100 {
		fmt.Fprintf(&manifest, "---\napiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: p%03d-%s}\nspec:\n  subjects: [{kind: Group, name: team-b}]\n  allow: [{destinations: [10.30.0.0/16], ports: [\"1\"]}]\n  deny: [{}]\n", i, strings.Repeat("a", 200))
	}
	apply(t, manifest.String())
	t.Cleanup(func() {
		if _, err := shared.Must(context.WithoutCancel(t.Context()), cluster.Command{User: cluster.Admin, Args: []string{"delete", "flowexportpolicies", "--all"}}); err != nil {
			t.Log(err)
		}
	})
	var formats []string
	for _, f := range []string{"netFlow", "sFlow", "ipfix"} {
		var list []string
		for i := range 10 {
			list = append(list, fmt.Sprintf(`"192.0.2.%d:2055"`, i+1))
		}
		formats = append(formats, `"`+f+`":{"collectors":[`+strings.Join(list, ",")+`]}`)
	}
	body := review(`{"username":"john","groups":["team-b"]}`, withFlows("{"+strings.Join(formats, ",")+"}"), forgedOld)
	for _, a := range []attack{{"100 policies that deny 30 collectors, 640 forged reviews, 64 at once", func(t *testing.T) (int64, func()) {
		together(64, func(int) {
			for range 10 {
				if status, text := post(t, strings.NewReader(body), int64(len(body))); status == http.StatusOK && (strings.Contains(text, `"allowed":true`) || len(text) > 64<<10) {
					t.Errorf("HTTP %d with %d bytes: %.300s", status, len(text), text)
				}
			}
		})
		checkEvents(t)
		return int64(640 * len(body)), nil
	}}} {
		t.Run(a.name, func(t *testing.T) {
			if err := restart(shared.sluice.PID); err != nil {
				t.Fatal(err)
			}
			sent, _ := a.run(t)
			checkGuard(t, "after the attack")
			checkStored(t)
			checkProcess(t, a.name, sent)
		})
	}
}
