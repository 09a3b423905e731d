package validation

// preparedChecks are the checks of well-formed objects, out of the list of all rules.
type preparedChecks struct {
	collectors []collectorCheck
	objects    []objectCheck
}

// collectorCheck is the part of a Check that is run for each collector.
type collectorCheck struct {
	rule Rule
	run  func(CollectorContext) string
}

// objectCheck is the part of a Check that is run for each object.
type objectCheck struct {
	rule Rule
	run  func(ObjectContext) (Finding, bool)
}
