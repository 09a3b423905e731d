package validation

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxActiveTimeout is the largest cache_active_timeout, in seconds, that OVS stores
// (vswitch.ovsschema, table IPFIX).
const maxActiveTimeout = 4200

// activeTimeout is a Go duration that becomes whole seconds.
func (r *flowsConfigReview) activeTimeout(m Member) {
	d, err := time.ParseDuration(m.Value.Text)
	seconds := d.Truncate(time.Second)
	switch {
	case err != nil:
		f := r.finding(RuleValueIgnored, m, "is not a duration and is ignored; write seconds with their unit, such as \"60s\"")
		if n, err := strconv.ParseUint(strings.TrimSpace(m.Value.Text), 10, 16); err == nil && n <= maxActiveTimeout {
			f.Suggestion = strconv.FormatUint(n, 10) + "s"
			f.Message = fmt.Sprintf("has no unit and is ignored; write %q", f.Suggestion)
		}
		r.advise(f)
	case seconds < 0 || seconds > maxActiveTimeout*time.Second:
		r.refuse(r.finding(RuleCacheTimeout, m, fmt.Sprintf("is outside 0s to %ds; Open vSwitch refuses it and ovnkube-node would not start; write a duration in this range", maxActiveTimeout)), r.unchanged(m))
	case seconds == 0:
		r.advise(r.finding(RuleValueIgnored, m, "is ignored: 0 does not switch the flow cache off; OVN-Kubernetes uses 60s"))
	case seconds != d:
		r.advise(r.finding(RuleValueTruncated, m, fmt.Sprintf("is cut to %ds: only whole seconds count", int(seconds.Seconds()))))
	default:
		if flows := r.in.Object.Data.Get(keyMaxFlows).Text; (flows == "" || strings.Trim(flows, "0") == "") && !r.in.Object.MergePatch {
			r.advise(r.finding(RuleUnboundedExport, m, "has no effect while cacheMaxFlows is 0: each sampled packet is a datagram"))
		}
	}
}

// number reads an unsigned 32-bit number as the Cluster Network Operator does; false if it
// is ignored.
func (r *flowsConfigReview) number(m Member, fix string) (uint64, bool) {
	n, err := strconv.ParseUint(m.Value.Text, 10, 32)
	if err != nil {
		r.advise(r.finding(RuleValueIgnored, m, "is not a number from 0 to 4294967295 and is ignored; "+fix))
		return 0, false
	}
	return n, true
}

func (r *flowsConfigReview) sampling(m Member) {
	n, ok := r.number(m, `write "400" to sample 1 packet in 400`)
	switch {
	case !ok:
	case n == 0:
		r.advise(r.finding(RuleValueIgnored, m, "is ignored: 0 does not switch sampling off; OVN-Kubernetes samples 1 packet in 400"))
	case n == 1:
		r.advise(r.finding(RuleEveryPacket, m, "exports every packet and can overload each node; write 2 or more, 400 is usual"))
	}
}
