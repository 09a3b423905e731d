package v1alpha1

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAPauseExplainsOnlyWhatItCauses(t *testing.T) {
	some := &Export{Targets: []string{"192.0.2.1:2055"}}
	two, many := &Export{Targets: []string{"192.0.2.1:2055", "192.0.2.2:2055"}}, &Export{Targets: []string{"192.0.2.1:2055"}, OmittedTargets: 880}
	changed := &Export{Targets: []string{"192.0.2.1:2055"}, Parameters: map[string]string{"sampling": "400"}}
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
		"a parameter":                {ModeObserve, ModeEnforce, ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Desired: some, Applied: changed}}, true, true},
		"a collector to be added":    {ModeObserve, ModeEnforce, ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Desired: two, Applied: some}}, true, true},
		"a collector to be removed":  {ModeObserve, ModeEnforce, ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Desired: some, Applied: two}}, true, false},
		"collectors that are cut":    {ModeObserve, ModeEnforce, ReasonObserveOnly, []FormatStatus{{Format: "IPFIX", Desired: some, Applied: many}}, true, false},
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

func TestAPauseDoesNotExplainTheExportOfDroppedPackets(t *testing.T) {
	for state, only := range map[DropsState]bool{"": true, DropsSampling: true, DropsUnwanted: false, DropsFailed: false, DropsUnknown: false} {
		s := NodeFlowExportStatus{Mode: ModeObserve, AgentMode: ModeEnforce, Conditions: []metav1.Condition{{Type: ConditionApplied, Status: metav1.ConditionFalse, Reason: ReasonObserveOnly}}}
		if state != "" {
			s.Drops = &DropsStatus{State: state}
		}
		if s.OnlyPaused() != only {
			t.Errorf("%q: %t", state, s.OnlyPaused())
		}
	}
}
