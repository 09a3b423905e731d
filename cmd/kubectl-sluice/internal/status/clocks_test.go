package status_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// What a node's clock shows changes nothing but that it is reported, whatever the agent is.
func TestTheClockOfANodeIsTold(t *testing.T) {
	for _, ahead := range []time.Duration{-26 * time.Hour, -2 * time.Hour, -5 * time.Minute, -time.Minute, 0, time.Minute, 5 * time.Minute, 2 * time.Hour, 26 * time.Hour} {
		for _, dead := range []bool{false, true} {
			t.Run(fmt.Sprintf("ahead by %s, dead %t", ahead, dead), func(t *testing.T) {
				c := silentFor(0)
				silent := 40 * time.Second
				if dead {
					silent = 8 * time.Minute
				}
				c.Heartbeats["a"] = status.Heartbeat{Renewed: noon.Add(-silent), Ahead: ahead, Duration: 100 * time.Second}
				changed := metav1.NewTime(c.NodeTime("a", noon.Add(-3*time.Hour)))
				for i := range c.Exports[0].Status.Conditions {
					c.Exports[0].Status.Conditions[i].LastTransitionTime = changed
				}
				for i := range c.Exports[0].Status.Formats {
					for j := range c.Exports[0].Status.Formats[i].Collectors {
						c.Exports[0].Status.Formats[i].Collectors[j].Since = changed
					}
				}
				var reasons []string
				for _, p := range c.Summarize().Problems {
					reasons = append(reasons, p.Reason)
				}
				var want []string
				switch {
				case dead:
					want = []string{status.ReasonAgentDown}
				case ahead > 100*time.Second:
					want = []string{status.ReasonClockAhead}
				case ahead < -100*time.Second:
					want = []string{status.ReasonClockBehind}
				}
				if !slices.Equal(reasons, want) {
					t.Errorf("%q, not %q", reasons, want)
				}
				for _, v := range []status.View{{Headers: true, Now: noon}, {Wide: true, Now: noon}, {ByCollector: true, Now: noon}} {
					var b bytes.Buffer
					if err := v.Write(&b, c); err != nil {
						t.Fatal(err)
					}
					if text := b.String(); !strings.Contains(text, "3h") || strings.Contains(text, "invalid") {
						t.Errorf("the change 3 hours ago has another age in:\n%s", text)
					}
				}
			})
		}
	}
}

func TestAClockThatWasCorrectedSinceGivesNoAge(t *testing.T) {
	c := silentFor(0)
	for i := range c.Exports[0].Status.Conditions {
		c.Exports[0].Status.Conditions[i].LastTransitionTime = metav1.NewTime(noon.Add(time.Hour))
	}
	c.Exports[0].Status.Conditions[0] = metav1.Condition{
		Type: v1alpha1.ConditionApplied, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonPending, Message: "m", LastTransitionTime: metav1.NewTime(noon.Add(time.Hour)),
	}
	var b bytes.Buffer
	if err := (status.View{Headers: true, Now: noon}).Write(&b, c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "invalid") || strings.Contains(b.String(), "(for") {
		t.Errorf("an age is shown:\n%s", b.String())
	}
}
