package policies

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"sluice/test/harness/cluster"
)

// events are those on a policy.
func events(t *testing.T, policy string) []corev1.Event {
	t.Helper()
	uid := must(t, cluster.Admin, "", "get", "fep", policy, "-o", "jsonpath={.metadata.uid}").Stdout
	text := must(t, cluster.Admin, "", "get", "events", "-n", "default", "-o", "json", "--field-selector=involvedObject.kind=FlowExportPolicy,involvedObject.uid="+uid).Stdout
	var list corev1.EventList
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestADenialIsAnEventOnThePolicy(t *testing.T) {
	reset(t)
	apply(t, level("event-one", "Deny")+"---\n"+level("event-two", "Deny"))
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.2:2055"]}}`))
	for _, name := range []string{"event-one", "event-two"} {
		var list []corev1.Event
		eventually(t, func() string {
			if list = events(t, name); len(list) == 0 {
				return "no event on " + name
			}
			return ""
		})
		e := list[0]
		if len(list) != 1 || e.Type != corev1.EventTypeWarning || e.Reason != "Denied" || e.Source.Component != "sluice-webhook" || e.Count != 1 {
			t.Errorf("events %+v", list)
		}
		if want := `Denied "mary" changing networks/cluster: may not add NetFlow 192.0.2.1:2055 (no allow rule matches); may not add NetFlow 192.0.2.2:2055 (no allow rule matches)`; e.Message != want {
			t.Errorf("says %q, want %q", e.Message, want)
		}
	}
	if text := must(t, cluster.Admin, "", "describe", "fep", "event-one").Stdout; !strings.Contains(text, "sluice-webhook") {
		t.Errorf("kubectl describe doesn't show it:\n%s", text)
	}
}

// A script that tries again and again must not fill etcd.
func TestEventsAreFew(t *testing.T) {
	reset(t)
	apply(t, level("event-burst", "Deny")+"---\n"+strings.Replace(level("event-last", "Deny"), "team-a}", "team-b}", 1))
	for i := range 40 {
		flows := fmt.Sprintf(`{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.%d:2055"]}}}}`, i+1)
		if a := send(t, mary, http.MethodPatch, networks+"/cluster", mergePatch, flows); a.code != http.StatusForbidden {
			t.Fatalf("%d: %s", a.code, a.text)
		}
	}
	// Events are written in the order of the denials: with this one they all are.
	refused(t, patch(t, john, notAllowed))
	eventually(t, func() string {
		if len(events(t, "event-last")) == 0 {
			return "no event after the burst"
		}
		return ""
	})
	total := 0
	list := events(t, "event-burst")
	for _, e := range list {
		total += int(e.Count)
	}
	if len(list) == 0 || len(list) > 11 || total > 15 {
		t.Errorf("40 denials are %d events that count %d", len(list), total)
	}
}

func TestADryRunOrAWarningIsNoEvent(t *testing.T) {
	reset(t)
	apply(t, level("event-deny", "Deny")+"---\n"+level("event-warn", "Warn")+"---\n"+level("event-audit", "Audit"))
	dry := []string{"patch", "network.operator", "cluster", "--type=merge", "--dry-run=server", "-p", `{"spec":{"exportNetworkFlows":` + notAllowed + `}}`}
	refused(t, kubectl(t, mary, "", dry...), told)
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["192.0.2.7:2055"]}}`))
	eventually(t, func() string {
		if len(events(t, "event-deny")) == 0 {
			return "no event for the real denial"
		}
		return ""
	})
	if list := events(t, "event-deny"); len(list) != 1 || !strings.Contains(list[0].Message, "192.0.2.7") {
		t.Errorf("events %+v", list)
	}
	if n := len(events(t, "event-warn")) + len(events(t, "event-audit")); n > 0 {
		t.Errorf("%d events on policies that denied nothing", n)
	}
}
