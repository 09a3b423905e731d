package agent

import (
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// The clock of these tests.
func at(seconds int) time.Time { return time.Unix(1_000_000+int64(seconds), 0) }

func foreign() ovs.Drift { return ovs.Drift{Class: ovs.Foreign} }

func TestOwnWorkIsDoneAtOnce(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 2}
	if got := h.decide(validation.NetFlow, ovs.Drift{Class: ovs.Missing, Pending: true}, "none", "a", at(0)); got != (decision{act: true}) {
		t.Errorf("got %+v", got)
	}
}

func TestAForeignWriteIsHeldDownFromTheLastWriteOn(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 2}
	for _, step := range []struct {
		at          int
		fingerprint string
		want        decision
	}{
		{0, "cleared", decision{until: at(30)}},
		{29, "cleared", decision{until: at(30)}},
		{29, "another", decision{until: at(59)}},
		{58, "another", decision{until: at(59)}},
		{59, "another", decision{act: true}},
	} {
		if got := h.decide(validation.SFlow, foreign(), step.fingerprint, "a", at(step.at)); got != step.want {
			t.Errorf("at %d s, %s: got %+v, want %+v", step.at, step.fingerprint, got, step.want)
		}
	}
}

func TestWhatIsInSyncAgainIsForgotten(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 2}
	h.decide(validation.IPFIX, foreign(), "x", "a", at(0))
	if got := h.decide(validation.IPFIX, ovs.Drift{Class: ovs.InSync}, "y", "a", at(10)); got != (decision{}) {
		t.Errorf("in sync: %+v", got)
	}
	if got := h.decide(validation.IPFIX, foreign(), "x", "a", at(40)); got.act {
		t.Error("the hold-down did not begin again")
	}
}

func TestItGivesUpAndTriesAgainAnHourLaterOrForANewWish(t *testing.T) {
	h := holdDown{wait: time.Second, maxRepairs: 2}
	for _, second := range []int{10, 20} {
		h.decide(validation.NetFlow, foreign(), "x", "a", at(second-1))
		if got := h.decide(validation.NetFlow, foreign(), "x", "a", at(second)); !got.act {
			t.Fatalf("at %d s: %+v", second, got)
		}
		h.repaired(validation.NetFlow, at(second))
		h.decide(validation.NetFlow, ovs.Drift{Class: ovs.InSync}, "", "a", at(second))
	}
	h.decide(validation.NetFlow, foreign(), "x", "a", at(30))
	if got := h.decide(validation.NetFlow, foreign(), "x", "a", at(40)); !got.conflict || got.act || got.until != at(10).Add(time.Hour) {
		t.Errorf("after two repairs: %+v", got)
	}
	if h.repairs(validation.NetFlow) != 2 || h.repairs(validation.SFlow) != 0 {
		t.Error("the repairs are miscounted")
	}
	if got := h.decide(validation.NetFlow, foreign(), "x", "a", at(3611)); got.conflict || !got.act {
		t.Errorf("an hour after the first repair: %+v", got)
	}
	if got := h.decide(validation.NetFlow, foreign(), "x", "b", at(3612)); got.conflict || !got.act {
		t.Errorf("for a new wish: %+v", got)
	}
}
