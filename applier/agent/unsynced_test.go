package agent_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
)

// unsynced is a source that can't read everything.
type unsynced struct {
	*source
	status v1alpha1.NodeFlowExportStatus
}

func (u unsynced) Inputs() (agent.Snapshot, bool) {
	s := agent.Snapshot{Status: &u.status}
	s.Unsynced = []string{"nodes"}
	return s, true
}

func (unsynced) Failing() []string { return []string{"nodes"} }

// Kind of fault: an agent that starts and can't read something forgets since when something is wrong. Since when the
// profiles are unknown decides what its successor knows of them.
func TestAnAgentThatReadsNothingKeepsTheTimes(t *testing.T) {
	began := metav1.NewTime(time.Now().Add(-time.Hour).Truncate(time.Second))
	sw := newSwitch()
	var u unsynced
	s := startAgentOn(t, sw, func(c *agent.Config) {
		reported, _ := c.Source.(*source)
		u = unsynced{reported, v1alpha1.NodeFlowExportStatus{Conditions: []metav1.Condition{
			{Type: v1alpha1.ConditionSynced, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonWatchFailed, LastTransitionTime: began},
		}}}
		c.Source, c.Changes = u, sw.Changes()
	})
	s.changes <- struct{}{}
	if c := s.await(t, v1alpha1.ConditionSynced, metav1.ConditionFalse, v1alpha1.ReasonWatchFailed); !c.LastTransitionTime.Equal(&began) {
		t.Errorf("it has not been synced since %s, not %s", c.LastTransitionTime, began)
	}
}
