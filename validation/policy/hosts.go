package policy

import (
	"strings"

	"sluice/validation"
)

// anyHost matches every host name.
const anyHost = "*"

// hostSet is the host names of a rule.
type hostSet struct {
	all   bool
	exact map[string]bool
	below []string // with the leading dot
}

func newHostSet(patterns []string) hostSet {
	var s hostSet
	for _, p := range patterns {
		suffix, below := strings.CutPrefix(p, "*")
		switch {
		case p == anyHost:
			s.all = true
		case below:
			s.below = append(s.below, suffix)
		default:
			if s.exact == nil {
				s.exact = make(map[string]bool, len(patterns))
			}
			s.exact[p] = true
		}
	}
	return s
}

func (s hostSet) match(name string) bool {
	if s.all || s.exact[name] {
		return true
	}
	for _, suffix := range s.below {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// denies reports whether a deny rule denies a collector. What can't be read, and a host name
// whose address isn't known, may be what the rule is about. So a rule denies them too, unless
// an allow rule lists the name: the author of that rule vouches for it.
func (r *compiledRule) denies(c validation.Collector, listed bool) bool {
	switch {
	case c.Unknown != "":
		return true
	case c.Host == "":
		return r.matches(c)
	case !r.matchesRest(c):
		return false
	}
	return r.universal || r.hosts.match(c.Host) || !listed && len(r.v4)+len(r.ranges) > 0
}
