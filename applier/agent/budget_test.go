package agent

import (
	"testing"
	"time"
)

// writes counts the writes of a budget within a time by a writer that writes whenever it may.
func writes(b *budget, seconds int, target func(n int) string) int {
	count := 0
	for tenth := range seconds * 10 {
		now := at(0).Add(time.Duration(tenth) * 100 * time.Millisecond)
		for b.wait(target(count), now) == 0 {
			b.spend(target(count))
			count++
		}
	}
	return count
}

func TestWritesAreBounded(t *testing.T) {
	always := func(int) string { return "a" }
	changing := func(n int) string { return string(rune('a' + n%26)) }
	for name, c := range map[string]struct {
		target func(int) string
		want   int
	}{
		// The first one costs 1, and then 59 of 60 are left.
		"what is undone again and again": {always, 10 + 120},
		"what changes":                   {changing, 60 + 720},
		"what changes no record":         {func(int) string { return "" }, 60 + 720},
	} {
		got := writes(&budget{burst: 60}, 3600, c.target)
		if got < c.want-2 || got > c.want+2 {
			t.Errorf("%s: %d writes in an hour, not %d", name, got, c.want)
		}
	}
}

func TestABudgetSavesNoMoreThanItsBurst(t *testing.T) {
	b := &budget{burst: 3}
	for _, second := range []int{0, 100_000, -100_000, 200_000} {
		count := 0
		for b.wait("", at(second)) == 0 {
			b.spend("")
			count++
		}
		if count > 3 {
			t.Errorf("%d writes at once", count)
		}
	}
	if got := b.wait("", at(200_000)); got != refill {
		t.Errorf("the next one has to wait %s", got)
	}
	small := &budget{burst: 1}
	small.wait("a", at(0))
	small.spend("a")
	if got := small.wait("a", at(0).Add(refill)); got != 0 {
		t.Errorf("a burst of 1 allows no second write: %s", got)
	}
}

func TestWithoutABurstThereIsNoLimit(t *testing.T) {
	b := &budget{}
	for range 1000 {
		b.spend("a")
	}
	if got := b.wait("a", at(0)); got != 0 {
		t.Errorf("got %s", got)
	}
}
