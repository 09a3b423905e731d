package monitoring

import (
	"context"
	"fmt"
	"testing"
)

// notHere are the series that exist only while something is wrong for minutes, or that others
// expose. The cases of promtool show what is asked of them; what the first are made from is
// looked for here.
var notHere = map[string]string{
	"node:sluice_problem:group":                        "recorded while a node has had a problem for 10 minutes",
	"node_format_target:sluice_collector_closed:group": "recorded while a collector is closed",
	"ALERTS":                            "there while an alert is pending or fires",
	"container_cpu_usage_seconds_total": "the kubelet's, of each control group",
}

// mayBeEmpty are the panels that show only what is wrong, and is not here.
var mayBeEmpty = map[string]string{
	"panel Collectors not open, in nodes": "the only collector is open",
	"panel Repairs":                       "the only repair is what the counter begins with",
}

// TestWhatIsAskedForIsExposed: a query for a metric or a label that nobody exposes is empty and
// not an error, so its alert would never fire, and its panel would show that nothing happens.
func TestWhatIsAskedForIsExposed(t *testing.T) {
	s := startSources(t)
	p := startPrometheus(t, s.scrapes(t))
	eventually(t, func(ctx context.Context) string {
		up, err := p.query(ctx, "up == 1")
		if len(up) < 3 {
			return fmt.Sprintf("only %v are up: %v", up, err)
		}
		return ""
	})
	p.waitForRules(t)
	for _, q := range append(ruleQueries(t), dashboardQueries(t)...) {
		t.Run(q.where, func(t *testing.T) { p.answers(t, q) })
	}
	t.Run("a removal without a review", func(t *testing.T) { s.alertsOfUnreviewedRemovals(t, p) })
	t.Run("runbooks", func(t *testing.T) { s.commandsWork(t) })
}

// answers looks for the series of each selector, and for the labels that are used of them.
func (p *prometheus) answers(t *testing.T, q query) {
	found, complete := map[string]bool{}, true
	for _, wanted := range q.selectors() {
		if _, known := notHere[wanted.metric]; known {
			complete = false
			continue
		}
		var list []series
		// Counters are scraped twice before rates of them exist, and recorded after that.
		eventually(t, func(ctx context.Context) string {
			var err error
			if list, err = p.query(ctx, wanted.String()); err != nil || len(list) == 0 {
				return fmt.Sprintf("nothing exposes %s: %v", wanted, err)
			}
			return ""
		})
		for _, one := range list {
			for label := range one {
				found[label] = true
			}
		}
	}
	for _, label := range q.labels() {
		if complete && !found[label] {
			t.Errorf("no series has the label %s that is used in %s %s", label, q.expr, q.legend)
		}
	}
	eventually(t, func(ctx context.Context) string {
		result, err := p.query(ctx, q.expr)
		if err != nil {
			return fmt.Sprintf("%s: %v", q.expr, err)
		}
		if len(result) == 0 && q.panel && complete && mayBeEmpty[q.where] == "" {
			return q.expr + " has no result"
		}
		for _, one := range result {
			for _, m := range legendPattern.FindAllStringSubmatch(q.legend, -1) {
				if _, ok := one[m[1]]; !ok {
					return fmt.Sprintf("the result has no label %s for the legend %q: %v", m[1], q.legend, one)
				}
			}
		}
		return ""
	})
}

// alertsOfUnreviewedRemovals has a removal pass while the webhook is not served, and waits for the
// alert about it, which is pending at first.
func (s *sources) alertsOfUnreviewedRemovals(t *testing.T, p *prometheus) {
	const alert = `ALERTS{alertname="SluiceWebhookFailsOpen",name="networks-removal.validate.sluice.dev"}`
	if before, err := p.query(t.Context(), alert); err != nil || len(before) > 0 {
		t.Fatalf("before the removal: %v %v", before, err)
	}
	s.callTheDead(t)
	if err := s.Register(t.Context(), s.webhook); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(ctx context.Context) string {
		found, err := p.query(ctx, alert)
		if err != nil || len(found) == 0 {
			return fmt.Sprintf("no alert: %v", err)
		}
		return ""
	})
}
