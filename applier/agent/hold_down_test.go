package agent

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// The clock of these tests.
func at(seconds int) time.Time { return time.Unix(1_000_000+int64(seconds), 0) }

// content is a row's content, always in the same row.
func content(text string) sight { return sight{row: "r", content: text} }

func foreign() ovs.Drift { return ovs.Drift{Class: ovs.Foreign} }

func TestOwnWorkIsDoneAtOnce(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 2}
	if got := h.decide(validation.NetFlow, ovs.Drift{Class: ovs.Missing, Pending: true}, sight{}, "a", at(0)); got != (decision{act: true}) {
		t.Errorf("got %+v", got)
	}
}

func TestAForeignWriteIsHeldDownFromTheLastWriteOn(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 2}
	for _, step := range []struct {
		at      int
		content string
		want    decision
	}{
		{0, "cleared", decision{until: at(30)}},
		{29, "cleared", decision{until: at(30)}},
		{29, "another", decision{until: at(59)}},
		{58, "another", decision{until: at(59)}},
		{59, "another", decision{act: true}},
	} {
		if got := h.decide(validation.SFlow, foreign(), content(step.content), "a", at(step.at)); got != step.want {
			t.Errorf("at %d s, %s: got %+v, want %+v", step.at, step.content, got, step.want)
		}
	}
}

func TestWhatIsInSyncAgainIsForgotten(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 2}
	h.decide(validation.IPFIX, foreign(), content("x"), "a", at(0))
	if got := h.decide(validation.IPFIX, ovs.Drift{Class: ovs.InSync}, content("y"), "a", at(10)); got != (decision{}) {
		t.Errorf("in sync: %+v", got)
	}
	if got := h.decide(validation.IPFIX, foreign(), content("x"), "a", at(40)); got.act {
		t.Error("the hold-down did not begin again")
	}
}

func TestItGivesUpAndTriesAgainAnHourLaterOrForANewWish(t *testing.T) {
	h := holdDown{wait: time.Second, maxRepairs: 2}
	for _, second := range []int{10, 20} {
		h.decide(validation.NetFlow, foreign(), content("x"), "a", at(second-1))
		if got := h.decide(validation.NetFlow, foreign(), content("x"), "a", at(second)); !got.act {
			t.Fatalf("at %d s: %+v", second, got)
		}
		h.repaired(validation.NetFlow, 1, at(second))
		h.decide(validation.NetFlow, ovs.Drift{Class: ovs.InSync}, sight{}, "a", at(second))
	}
	h.decide(validation.NetFlow, foreign(), content("x"), "a", at(30))
	if got := h.decide(validation.NetFlow, foreign(), content("x"), "a", at(40)); !got.conflict || got.act || got.until != at(10).Add(time.Hour) {
		t.Errorf("after two repairs: %+v", got)
	}
	if h.repairs(validation.NetFlow) != 2 || h.repairs(validation.SFlow) != 0 {
		t.Error("the repairs are miscounted")
	}
	if got := h.decide(validation.NetFlow, foreign(), content("x"), "a", at(3611)); got.conflict || !got.act {
		t.Errorf("an hour after the first repair: %+v", got)
	}
	if got := h.decide(validation.NetFlow, foreign(), content("x"), "b", at(3612)); got.conflict || !got.act {
		t.Errorf("for a new wish: %+v", got)
	}
}

// Kind of fault: a debounce without a cap.
func TestAWriterThatNeverPausesIsRepaired(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 5}
	texts := []string{"a", "b", "c"}
	for second := range 90 {
		got := h.decide(validation.NetFlow, foreign(), content(texts[second%3]), "a", at(second))
		if got.act || got.until.After(at(90)) {
			t.Fatalf("at %d s: %+v", second, got)
		}
	}
	if got := h.decide(validation.NetFlow, foreign(), content("a"), "a", at(90)); !got.act {
		t.Errorf("after three hold-downs: %+v", got)
	}
}

func TestTheSameContentInAnotherRowIsNotWaitedForAgain(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 5}
	for second := range 30 {
		row := ovs.UUID(fmt.Sprint(second))
		if got := h.decide(validation.IPFIX, foreign(), sight{row: row, content: "x"}, "a", at(second)); got.until != at(30) {
			t.Fatalf("at %d s: %+v", second, got)
		}
	}
	if got := h.weight(validation.IPFIX); got != 4 {
		t.Errorf("30 writes weigh %d, not 1 and 3 more", got)
	}
}

// Whatever the other writer does: no repair before a hold-down without a write, unless three have
// passed since the difference was first seen; none after the latest time; and Conflict in the end.
func TestRepairsKeepTheirBounds(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		h := holdDown{wait: 10 * time.Second, maxRepairs: 5}
		var since, changed, made int
		text, differs := "", false
		for second := range 1800 {
			if !differs || random.IntN(3) == 0 {
				next := fmt.Sprint(random.IntN(3))
				if !differs {
					since = second
				}
				if !differs || next != text {
					changed = second
				}
				text, differs = next, true
			}
			got := h.decide(validation.SFlow, foreign(), sight{row: ovs.UUID(fmt.Sprint(second)), content: text}, "a", at(second))
			due := min(changed+10, since+30)
			switch {
			case got.conflict && made == 0, !got.conflict && h.repairs(validation.SFlow) >= 5:
				t.Fatalf("seed %d, %d s: conflict is %t after %d repairs", seed, second, got.conflict, made)
			case got.conflict:
				if got.act || got.until.Before(at(second)) {
					t.Fatalf("seed %d, %d s: %+v", seed, second, got)
				}
			case got.act != (second >= due):
				t.Fatalf("seed %d, %d s: %+v; due at %d s", seed, second, got, due)
			case got.act:
				made++
				h.repaired(validation.SFlow, h.weight(validation.SFlow), at(second))
				differs = false
			}
		}
		if got := h.decide(validation.SFlow, foreign(), content("x"), "a", at(1800)); !got.conflict || made > 5 {
			t.Fatalf("seed %d: after %d repairs: %+v", seed, made, got)
		}
	}
}

// Kind of fault: restraint that is forgotten at a restart.
func TestAnAgentThatRestartsGoesOnCounting(t *testing.T) {
	before := holdDown{wait: time.Second, maxRepairs: 3}
	before.begin(validation.NetFlow, ovs.Repairs{}, "aaaaaaaaaaaa")
	var note *ovs.Repairs
	for _, second := range []int{10, 20, 30} {
		before.decide(validation.NetFlow, foreign(), content("x"), "aaaaaaaaaaaa", at(second-5))
		note = before.stored(validation.NetFlow, at(second))
		before.repaired(validation.NetFlow, 1, at(second))
	}
	for desired, want := range map[string]bool{"aaaaaaaaaaaa": true, "bbbbbbbbbbbb": false} {
		after := holdDown{wait: time.Second, maxRepairs: 3}
		after.begin(validation.NetFlow, *note, desired)
		after.begin(validation.NetFlow, ovs.Repairs{}, desired) // only the first time counts
		if got := after.decide(validation.NetFlow, foreign(), content("x"), desired, at(40)); got.conflict != want {
			t.Errorf("desired %s: %+v", desired, got)
		}
	}
	// A clock that was set back makes repairs of the future, which count for nothing.
	after := holdDown{wait: time.Second, maxRepairs: 3}
	after.begin(validation.NetFlow, *note, "aaaaaaaaaaaa")
	if got := after.decide(validation.NetFlow, foreign(), content("x"), "aaaaaaaaaaaa", at(-7200)); got.conflict {
		t.Errorf("before the repairs: %+v", got)
	}
}

// Kind of fault: a privacy switch that gives up. The cluster's own row is made again at each start of
// ovnkube-node, however often it starts.
func TestWhatMustNotBeExportedIsRemovedWithoutEnd(t *testing.T) {
	h := holdDown{wait: 30 * time.Second, maxRepairs: 2}
	for start := range 20 {
		second := 100 * start
		extra := ovs.Drift{Class: ovs.Extra}
		if got := h.decide(validation.IPFIX, extra, content("x"), "", at(second)); got.act || got.conflict {
			t.Fatalf("start %d: %+v", start, got)
		}
		if got := h.decide(validation.IPFIX, extra, content("x"), "", at(second+30)); !got.act {
			t.Fatalf("start %d: %+v", start, got)
		}
		h.repaired(validation.IPFIX, 1, at(second+30))
	}
}
