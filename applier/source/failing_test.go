package source

import (
	"slices"
	"testing"
	"time"
)

func TestOneFailingWatchIsToldFromAnOutage(t *testing.T) {
	const minute = time.Minute
	start := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	var o outage
	for _, step := range []struct {
		at        time.Duration
		durations []time.Duration
		want      []int
		writes    bool
	}{
		{0, []time.Duration{0, 0}, nil, false},
		{minute, []time.Duration{minute, 0}, nil, false},
		{2 * minute, []time.Duration{2 * minute, 0}, []int{0}, false},
		{10 * minute, []time.Duration{10 * minute, 8 * minute}, nil, false}, // nothing works
		{11 * minute, []time.Duration{11 * minute, 0}, nil, false},          // the other one has just recovered
		{12 * minute, []time.Duration{12 * minute, 0}, []int{0}, false},
		{13 * minute, []time.Duration{0, 0}, nil, false},
		{15 * minute, []time.Duration{2 * minute, 2 * minute}, []int{0, 1}, true}, // writes succeed
		{20 * minute, []time.Duration{7 * minute, 7 * minute}, []int{0, 1}, false},
		{30 * minute, []time.Duration{1 * minute, 1 * minute}, nil, false}, // failed since the last write
	} {
		if step.writes {
			o.wrote = start.Add(step.at)
		}
		if got := o.failing(step.durations, minute, start.Add(step.at)); !slices.Equal(got, step.want) {
			t.Errorf("after %s: %v, want %v", step.at, got, step.want)
		}
	}
}
