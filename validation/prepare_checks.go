package validation

// Prepared returns the options with the checks that reviews run, for callers that review often.
// Other options work as well; each review then prepares its checks itself.
func (o Options) Prepared() Options {
	o.prepared = prepareChecks()
	return o
}

// prepareChecks sorts the checks of well-formed objects out of the list of all rules.
func prepareChecks() *preparedChecks {
	p := &preparedChecks{}
	for c := range checks {
		if c.Collector != nil {
			p.collectors = append(p.collectors, collectorCheck{c.Rule, c.Collector})
		}
		if c.Object != nil {
			p.objects = append(p.objects, objectCheck{c.Rule, c.Object})
		}
	}
	return p
}
