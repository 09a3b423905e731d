package policy

import (
	"math"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// bounds reads the bounds of the settings.
func (c *converter) bounds(s v1alpha1.FlowExportPolicySpec) Bounds {
	var b Bounds
	if s.Sampling != nil {
		b[validation.Sampling] = c.bound("spec.sampling", s.Sampling.Min, s.Sampling.Max, 1, math.MaxUint32)
	}
	if s.CacheActiveTimeout != nil {
		b[validation.CacheActiveTimeout] = c.bound("spec.cacheActiveTimeout", s.CacheActiveTimeout.Min, s.CacheActiveTimeout.Max, 0, validation.MaxActiveTimeout)
	}
	if s.CacheMaxFlows != nil {
		b[validation.CacheMaxFlows] = c.bound("spec.cacheMaxFlows", s.CacheMaxFlows.Min, s.CacheMaxFlows.Max, 0, math.MaxUint32)
	}
	return b
}

// bound reads one pair of bounds, each of which must be from least to most.
func (c *converter) bound(field string, low, high *int64, least, most int64) *Bound {
	for name, n := range map[string]*int64{".min": low, ".max": high} {
		if n != nil && (*n < least || *n > most) {
			c.fail(field+name, "%d is not a number from %d to %d", *n, least, most)
		}
	}
	b := &Bound{Min: least, Max: most}
	switch {
	case low == nil && high == nil:
		c.fail(field, "bounds nothing; write min, max or both")
	case low != nil && high != nil && *low > *high:
		c.fail(field, "min is greater than max; write a range that holds at least one number")
	}
	if low != nil {
		b.Min, b.HasMin = *low, true
	}
	if high != nil {
		b.Max, b.HasMax = *high, true
	}
	return b
}

// capacity checks that a Network can hold what is required.
func (c *converter) capacity(s v1alpha1.FlowExportPolicySpec) {
	count := map[v1alpha1.FlowFormat]int{}
	for _, r := range s.Required {
		count[r.Format]++
	}
	for _, f := range validation.Formats() {
		n := count[v1alpha1.FlowFormat(f.Name())]
		switch {
		case n > validation.MaxCollectors:
			c.fail("spec.required", "has %d %s collectors; a Network can hold %d of one format; remove some", n, f, validation.MaxCollectors)
		case s.MaxCollectors != nil && n > max(int(*s.MaxCollectors), 0):
			c.fail("spec.maxCollectors", "is %d, but %d %s collectors are required, so they cannot all be added; write a larger number", *s.MaxCollectors, n, f)
		}
	}
}
