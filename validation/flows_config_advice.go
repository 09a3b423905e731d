package validation

// adviseOnTargets runs the checks of single collectors.
func (r *flowsConfigReview) adviseOnTargets(m Member) {
	own := ownPorts(r.pieces)
	for _, p := range r.pieces {
		for _, check := range r.checks.collectors {
			if message := check.run(CollectorContext{Format: IPFIX, Addr: p.reading.collector, OwnPort: p.reading.collector.Addr().IsValid() && own[p.reading.collector.Port()]}); message != "" {
				f := r.finding(check.rule, m, message)
				f.Value = collectorText(p.reading.collector)
				r.advise(f)
			}
		}
	}
}
