package agent

import (
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// The restraint's clock in these tests.
func at(seconds int) time.Time { return time.Unix(1_000_000+int64(seconds), 0) }

func foreign() ovs.Standing { return ovs.Standing{Class: ovs.Foreign} }

func TestOwnWorkIsDoneAtOnce(t *testing.T) {
	r := restraint{holdDown: 30 * time.Second, maxRepairs: 2}
	if got := r.rule(validation.NetFlow, ovs.Standing{Class: ovs.Missing, Pending: true}, "none", "a", at(0)); got != (ruling{act: true}) {
		t.Errorf("got %+v", got)
	}
}

func TestAForeignWriteIsHeldDownFromTheLastWriteOn(t *testing.T) {
	r := restraint{holdDown: 30 * time.Second, maxRepairs: 2}
	for _, step := range []struct {
		at    int
		print string
		want  ruling
	}{
		{0, "cleared", ruling{until: at(30)}},
		{29, "cleared", ruling{until: at(30)}},
		{29, "another", ruling{until: at(59)}},
		{58, "another", ruling{until: at(59)}},
		{59, "another", ruling{act: true}},
	} {
		if got := r.rule(validation.SFlow, foreign(), step.print, "a", at(step.at)); got != step.want {
			t.Errorf("at %d s, %s: got %+v, want %+v", step.at, step.print, got, step.want)
		}
	}
}

func TestWhatIsInSyncAgainIsForgotten(t *testing.T) {
	r := restraint{holdDown: 30 * time.Second, maxRepairs: 2}
	r.rule(validation.IPFIX, foreign(), "x", "a", at(0))
	if got := r.rule(validation.IPFIX, ovs.Standing{Class: ovs.InSync}, "y", "a", at(10)); got != (ruling{}) {
		t.Errorf("in sync: %+v", got)
	}
	if got := r.rule(validation.IPFIX, foreign(), "x", "a", at(40)); got.act {
		t.Error("the hold-down did not begin anew")
	}
}

func TestItGivesUpAndTriesAgainAnHourLaterOrForANewWish(t *testing.T) {
	r := restraint{holdDown: time.Second, maxRepairs: 2}
	for _, second := range []int{10, 20} {
		r.rule(validation.NetFlow, foreign(), "x", "a", at(second-1))
		if got := r.rule(validation.NetFlow, foreign(), "x", "a", at(second)); !got.act {
			t.Fatalf("at %d s: %+v", second, got)
		}
		r.repaired(validation.NetFlow, at(second))
		r.rule(validation.NetFlow, ovs.Standing{Class: ovs.InSync}, "", "a", at(second))
	}
	r.rule(validation.NetFlow, foreign(), "x", "a", at(30))
	if got := r.rule(validation.NetFlow, foreign(), "x", "a", at(40)); !got.conflict || got.act || got.until != at(10).Add(time.Hour) {
		t.Errorf("after two repairs: %+v", got)
	}
	if r.fights(validation.NetFlow) != 2 || r.fights(validation.SFlow) != 0 {
		t.Error("the fights are miscounted")
	}
	if got := r.rule(validation.NetFlow, foreign(), "x", "a", at(3611)); got.conflict || !got.act {
		t.Errorf("an hour after the first repair: %+v", got)
	}
	if got := r.rule(validation.NetFlow, foreign(), "x", "b", at(3612)); got.conflict || !got.act {
		t.Errorf("for a new wish: %+v", got)
	}
}
