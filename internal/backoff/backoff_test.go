package backoff

import (
	"testing"
	"time"
)

func TestWaitsDoubleUpToAMinute(t *testing.T) {
	for failures, most := range map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 2 * time.Second, 6: 32 * time.Second, 7: time.Minute, 1000: time.Minute,
	} {
		for range 100 {
			if got := Wait(failures); got < most/2 || got >= most {
				t.Errorf("after %d failures: %s, want from %s to %s", failures, got, most/2, most)
			}
		}
	}
}
