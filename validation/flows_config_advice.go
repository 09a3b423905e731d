package validation

import "strings"

// adviseOnTargets runs the checks of single collectors.
func (r *flowsConfigReview) adviseOnTargets(m Member) {
	for _, p := range r.pieces {
		for _, check := range r.checks.collectors {
			if message := check.run(CollectorContext{Format: IPFIX, Addr: p.reading.collector}); message != "" {
				f := r.finding(check.rule, m, message)
				f.Value = strings.TrimSpace(p.text)
				r.advise(f)
			}
		}
	}
}
