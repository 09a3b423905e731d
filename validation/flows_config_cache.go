package validation

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxActiveTimeout is the largest cache_active_timeout, in seconds, that OVS stores
// (vswitch.ovsschema, table IPFIX).
const MaxActiveTimeout = 4200

// readActiveTimeout reads a Go duration as the Cluster Network Operator does: in seconds,
// without fractions. whole says that nothing was cut; ok is false if it is no duration.
func readActiveTimeout(v Value) (seconds int64, whole, ok bool) {
	if v.Kind != String {
		return 0, false, false
	}
	d, err := time.ParseDuration(v.Text)
	seconds = int64(d / time.Second)
	return seconds, d%time.Second == 0, err == nil
}

// activeTimeout is a Go duration that becomes whole seconds.
func (r *flowsConfigReview) activeTimeout(m Member) {
	seconds, whole, ok := readActiveTimeout(m.Value)
	switch {
	case !ok:
		f := r.finding(RuleValueIgnored, m, "is not a duration and is ignored; write seconds with a unit, such as \"60s\"")
		if n, err := strconv.ParseUint(strings.TrimSpace(m.Value.Text), 10, 16); err == nil && n <= MaxActiveTimeout {
			f.Suggestion = strconv.FormatUint(n, 10) + "s"
			f.Message = fmt.Sprintf("has no unit and is ignored; write %q", f.Suggestion)
		}
		r.advise(f)
	case seconds < 0 || seconds > MaxActiveTimeout:
		effect := "Open vSwitch rejects it, and ovnkube-node would not start"
		if !r.counts(m) {
			effect = "it is ignored without a target, but with one Open vSwitch would reject it, and ovnkube-node would not start"
		}
		r.refuse(r.finding(RuleCacheTimeout, m, fmt.Sprintf("is outside 0s to %ds; %s; write a duration in this range", MaxActiveTimeout, effect)), r.unchanged(m))
	case seconds == 0:
		r.advise(r.finding(RuleValueIgnored, m, "is ignored: 0 does not turn the flow cache off; OVN-Kubernetes uses 60s"))
	case !whole:
		verb := "is"
		if !r.counts(m) {
			verb = "would be"
		}
		r.advise(r.finding(RuleValueTruncated, m, fmt.Sprintf("%s truncated to %ds: only whole seconds are used", verb, seconds)))
	}
}

// RuleCacheTimeout finds a cacheActiveTimeout outside the range that Open vSwitch accepts.
const RuleCacheTimeout Rule = "cache-active-timeout"

func cacheActiveTimeout() Check {
	return Check{
		Rule: RuleCacheTimeout, Effect: Rejects,
		Summary: "ConfigMap: `cacheActiveTimeout` is outside the 0 to 4200 seconds that Open vSwitch accepts",
		Example: "`cacheActiveTimeout: 2h` exceeds the 4200 seconds that Open vSwitch can store, so `ovnkube-node` would not start.\n" +
			"Write `cacheActiveTimeout: 60s`.",
	}
}

// RuleValueTruncated finds a duration with fractions of a second.
const RuleValueTruncated Rule = "value-truncated"

func valueTruncated() Check {
	return Check{
		Rule: RuleValueTruncated, Effect: Warns,
		Summary: "ConfigMap: the value is truncated to whole seconds",
		Example: "`cacheActiveTimeout: 3200ms` becomes 3 seconds.\n" +
			"Write `cacheActiveTimeout: 3s`.",
	}
}
