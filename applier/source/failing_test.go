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
	}{
		{0, []time.Duration{0, 0}, nil},
		{minute, []time.Duration{minute, 0}, nil},
		{2 * minute, []time.Duration{2 * minute, 0}, []int{0}},
		{10 * minute, []time.Duration{10 * minute, 8 * minute}, nil}, // nothing works
		{11 * minute, []time.Duration{11 * minute, 0}, nil},          // the other one has just recovered
		{12 * minute, []time.Duration{12 * minute, 0}, []int{0}},
		{13 * minute, []time.Duration{0, 0}, nil},
	} {
		if got := o.failing(step.durations, minute, start.Add(step.at)); !slices.Equal(got, step.want) {
			t.Errorf("after %s: %v, want %v", step.at, got, step.want)
		}
	}
}
