package agent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// statusWith is a report with a collector and some conditions: type, status and reason.
func statusWith(collector v1alpha1.CollectorState, conditions ...[3]string) *v1alpha1.NodeFlowExportStatus {
	s := &v1alpha1.NodeFlowExportStatus{Formats: []v1alpha1.FormatStatus{{Format: "NetFlow", Collectors: []v1alpha1.CollectorStatus{{Target: "192.0.2.1:2055", State: collector, Reason: "why"}}}}}
	for _, c := range conditions {
		s.Conditions = append(s.Conditions, metav1.Condition{Type: c[0], Status: metav1.ConditionStatus(c[1]), Reason: c[2], Message: "m"})
	}
	return s
}

func TestWhatIsATransition(t *testing.T) {
	good := [][3]string{{"Applied", "True", "InSync"}, {"Exporting", "True", "SocketsOpen"}, {"Drifted", "False", "None"}, {"OVSReachable", "True", "Connected"}}
	held := [][3]string{{"Applied", "False", "HeldDown"}, {"Exporting", "False", "NotApplied"}, {"Drifted", "True", "ForeignWrite"}, {"OVSReachable", "True", "Connected"}}
	down := [][3]string{{"Applied", "Unknown", "SocketMissing"}, {"Exporting", "Unknown", "Unknown"}, {"Drifted", "Unknown", "Unknown"}, {"OVSReachable", "False", "SocketMissing"}}
	for name, c := range map[string]struct {
		last, now [][3]string
		want      []string
	}{
		"nothing":           {good, good, nil},
		"a first report":    {nil, good, nil},
		"a first problem":   {nil, held, []string{"Applied HeldDown", "Exporting NotApplied follows", "Drifted ForeignWrite"}},
		"a change":          {good, held, []string{"Applied HeldDown", "Exporting NotApplied follows", "Drifted ForeignWrite"}},
		"its end":           {held, good, []string{"Applied InSync", "Exporting SocketsOpen", "Drifted None"}},
		"out of reach":      {good, down, []string{"Applied SocketMissing follows", "Exporting Unknown follows", "Drifted Unknown follows", "OVSReachable SocketMissing"}},
		"in reach":          {down, good, []string{"Applied InSync follows", "Exporting SocketsOpen follows", "Drifted None follows", "OVSReachable Connected"}},
		"in reach, drifted": {down, held, []string{"Applied HeldDown", "Exporting NotApplied follows", "Drifted ForeignWrite", "OVSReachable Connected"}},
	} {
		var got []string
		for _, x := range transitions(statusWith("Idle", c.last...), statusWith("Idle", c.now...)) {
			text := x.now.Type + " " + x.now.Reason
			if x.follows {
				text += " follows"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhichCollectorsAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		last, now v1alpha1.CollectorState
		want      []Trace
	}{
		"sends now":       {"Idle", "Sending", nil},
		"refuses":         {"Sending", "Refused", []Trace{{true, TraceCollectorRefuses, "NetFlow 192.0.2.1:2055 is Refused: why"}}},
		"refuses still":   {"Refused", "Refused", nil},
		"has no socket":   {"Refused", "NotOpen", []Trace{{true, TraceCollectorRefuses, "NetFlow 192.0.2.1:2055 is NotOpen: why"}}},
		"accepts again":   {"Refused", "Idle", []Trace{{false, TraceCollectorAccepts, "NetFlow 192.0.2.1:2055 is Idle"}}},
		"is not known":    {"Refused", "Unknown", nil},
		"refuses at once": {"", "Refused", []Trace{{true, TraceCollectorRefuses, "NetFlow 192.0.2.1:2055 is Refused: why"}}},
	} {
		if diff := cmp.Diff(c.want, collectorTraces(statusWith(c.last), statusWith(c.now))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What flaps all the time is told at a bounded rate, and how often it was not told.
func TestTracesAreBounded(t *testing.T) {
	tr := newTracer()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	told := 0
	for range 1000 {
		if _, ok := tr.allowed(now); ok {
			told++
		}
	}
	if told != traceBurst {
		t.Errorf("%d of 1000 are told at once", told)
	}
	if omitted, ok := tr.allowed(now.Add(tracePause)); !ok || omitted != 1000-traceBurst {
		t.Errorf("%t, %d were omitted", ok, omitted)
	}
}
