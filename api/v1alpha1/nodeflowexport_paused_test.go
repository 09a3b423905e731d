package v1alpha1

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAPauseExplainsOnlyWhatItCauses(t *testing.T) {
	some := &Export{Targets: []string{"192.0.2.1:2055"}}
	for name, c := range map[string]struct {
		mode, agentMode Mode
		reason          string
		formats         []FormatStatus
		paused, only    bool
	}{
		"to be changed":              {ModeObserve, ModeEnforce, ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Desired: some, Applied: some}}, true, true},
		"to be created":              {ModeObserve, ModeEnforce, ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Desired: some}}, true, true},
		"to be removed":              {ModeObserve, ModeEnforce, ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Applied: some}}, true, false},
		"one of two to be removed":   {ModeObserve, ModeEnforce, ReasonObserveOnly, []FormatStatus{{Format: "NetFlow", Desired: some}, {Format: "IPFIX", Applied: some}}, true, false},
		"without a difference":       {ModeObserve, ModeEnforce, ReasonInSync, []FormatStatus{{Format: "IPFIX", Desired: some, Applied: some}}, true, false},
		"ovs-vswitchd is down":       {ModeObserve, ModeEnforce, ReasonVSwitchdDown, []FormatStatus{{Format: "IPFIX", Desired: some, Applied: some}}, true, false},
		"by the flag of the agent":   {ModeObserve, ModeObserve, ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Desired: some}}, false, false},
		"of an earlier agent":        {ModeObserve, "", ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Desired: some}}, false, false},
		"an agent that enforces":     {ModeEnforce, ModeEnforce, ReasonPending, []FormatStatus{{Format: "IPFIX", Desired: some}}, false, false},
		"an agent that cleans up":    {ModeCleanup, ModeCleanup, ReasonPending, nil, false, false},
		"the switch for the privacy": {ModeObserve, ModeEnforce, ReasonForeignExport, []FormatStatus{{Format: "IPFIX", Applied: some}}, true, false},
	} {
		s := NodeFlowExportStatus{Mode: c.mode, AgentMode: c.agentMode, Formats: c.formats, Conditions: []metav1.Condition{{Type: ConditionApplied, Status: metav1.ConditionFalse, Reason: c.reason}}}
		if s.Paused() != c.paused || s.OnlyPaused() != c.only {
			t.Errorf("%s: %t, %t", name, s.Paused(), s.OnlyPaused())
		}
	}
	if s := (&NodeFlowExportStatus{Mode: ModeObserve, AgentMode: ModeEnforce}); s.OnlyPaused() {
		t.Error("a report without conditions is only paused")
	}
}
