package validation

// Stored is a stored object as a change that adds and removes nothing, for an audit of what
// is stored.
func Stored(o Object, options Options) Change {
	c := Change{Resource: o.Resource, Result: collectorsOf(&o, options)}
	switch {
	case o.Resource == FlowsConfig:
		c.Settings = flowsConfigSettings(Input{Object: o})
	case o.Resource == Network && isUnmanaged(&o):
		c.Stops = stopOfNetwork(&o)
	}
	return c
}

// collectorsOf lists the readable collectors of a stored object.
func collectorsOf(o *Object, options Options) []Collector {
	if o == nil {
		return nil
	}
	switch o.Resource {
	case FlowsConfig:
		return storedTargets(o)
	case FlowCollector:
		return storedDestinations(o)
	case Network, Profile, FlowExport:
	}
	lists := emptyLists(o.Resource, o, options)
	return storedCollectors(&lists)
}

// evaluate asks the policies about the change from the old collectors to the new ones.
func evaluate(in Input, v *Verdict, before, after []Collector) {
	change := Change{
		Resource:  in.Object.Resource,
		Namespace: in.Namespace,
		Create:    in.Operation == Create && in.Old == nil && !in.Object.MergePatch,
		Added:     missingFrom(before, after),
		Removed:   missingFrom(after, before),
		Result:    after,
		Settings:  settingsChanged(in),
		Stops:     stops(in),

		AddsOwner:  AddsOwner(in),
		MaxDenials: in.Options.MaxFindings,
	}
	v.Adds = len(change.Added) > 0 || len(change.Settings) > 0
	decision := in.Policies.Evaluate(in.User, change)
	v.Denials, v.Warned, v.Audited = decision.Denied, decision.Warned, decision.Audited
	v.AppliedPolicies, v.OmittedDenials = decision.AppliedPolicies, decision.Omitted
	v.Allowed, v.AllowedWarned = decision.Allowed, decision.AllowedWarned
	if in.Old != nil && len(v.AppliedPolicies) > 0 {
		v.rejectUnlessRead(in.Old)
	}
	if len(v.Denials) > 0 && len(v.Errors) == 0 {
		v.Edits = nil
		holdBack(v.Warnings)
	}
}

// missingFrom returns the collectors of list that known does not have.
func missingFrom(known, list []Collector) []Collector {
	if len(list) == 0 {
		return nil
	}
	seen := make(map[Collector]struct{}, len(known))
	for _, c := range known {
		seen[c.Place()] = struct{}{}
	}
	var missing []Collector
	for _, c := range list {
		if _, ok := seen[c.Place()]; !ok {
			missing = append(missing, c)
		}
	}
	return missing
}
