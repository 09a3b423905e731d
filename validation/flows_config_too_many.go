package validation

import "fmt"

// tooMany checks how many collectors the target has, not counting duplicates. more were not read.
// OVN-Kubernetes has no limit, but sends each record to every collector; that of the Network's lists holds here, too.
// As there, a longer one that is stored already may stay or become shorter.
func (r *flowsConfigReview) tooMany(m Member, more int) {
	n := len(r.canonical) + more
	for _, p := range r.pieces {
		if len(p.reading.problems) > 0 {
			n++
		}
	}
	if n <= MaxCollectors {
		return
	}
	message := fmt.Sprintf("has %d collectors; at most %d are allowed, as in a list of the Network; remove %d", n, MaxCollectors, n-MaxCollectors)
	r.refuse(r.finding(RuleTooMany, m, message), more == 0 && r.addsNone())
}

// addsNone reports whether the stored target has all of the collectors.
func (r *flowsConfigReview) addsNone() bool {
	if r.in.Old == nil {
		return false
	}
	return len(missingFrom(storedTargets(r.in.Old), targets(keySharedTarget, r.pieces))) == 0
}
