package policy

import (
	"fmt"
	"slices"
	"strings"

	"sluice/validation"
)

// Explanation is what a user may do, by the policies that apply.
type Explanation struct {
	User   string   `json:"user"`
	Groups []string `json:"groups"`
	// Exempt says that no policy ever applies to the user.
	Exempt bool `json:"exempt,omitempty"`
	// All is how many policies there are; Policies are those that apply.
	All      int        `json:"allPolicies"`
	Policies []Applying `json:"policies"`
	// Levels are what is denied, what is only warned about, and what is only audited.
	Levels []Level `json:"levels"`
}

// Applying is a policy that applies to the user.
type Applying struct {
	Name        string `json:"name"`
	Enforcement string `json:"enforcement"`
	// Because names the subject through which it applies.
	Because string `json:"because"`
	// Fault says why it is invalid; the user may add nothing then.
	Fault string `json:"fault,omitempty"`
}

// Level is what the policies of one enforcement say.
type Level struct {
	Enforcement string `json:"enforcement"`
	// Closed names the policies that are invalid.
	Closed []string `json:"closed,omitempty"`
	// Restricted says that only what an allow rule matches may be added.
	Restricted bool       `json:"restricted"`
	Allow      []RuleText `json:"allow,omitempty"`
	Deny       []RuleText `json:"deny,omitempty"`
	Required   []RuleText `json:"required,omitempty"`
	// Limits are how many collectors of a format there may be.
	Limits []Limit `json:"limits,omitempty"`
	// Bounds are those of sampling and caches, of the ConfigMap and of FlowExportProfiles.
	Bounds []RuleText `json:"bounds,omitempty"`
	// RemovalRestricted names the policies that let the user remove only what is allowed.
	RemovalRestricted []string `json:"removalRestricted,omitempty"`
}

// RuleText is a rule of a policy in words.
type RuleText struct {
	Source string `json:"source"` // as a denial names it: policy/allow[0]
	Text   string `json:"text"`

	rule      Rule
	collector validation.Collector
}

// Limit is a policy's maxCollectors.
type Limit struct {
	Source string `json:"source"`
	Most   int    `json:"most"`
}

// Explain says what a user may do.
func Explain(set *Set, user validation.User) Explanation {
	e := Explanation{User: user.Name, Groups: append([]string{}, user.Groups...), All: set.Len(), Exempt: set.Exempt(user), Policies: []Applying{}, Levels: []Level{}}
	policies := set.For(user)
	for _, p := range policies {
		e.Policies = append(e.Policies, Applying{Name: p.Name, Enforcement: p.Enforcement.String(), Because: because(p, user), Fault: p.Fault})
	}
	for _, at := range []Enforcement{Deny, Warn, Audit} {
		if slices.ContainsFunc(policies, func(p Policy) bool { return p.Enforcement == at }) {
			e.Levels = append(e.Levels, level(policies, at))
		}
	}
	return e
}

// everyone is the reason of a policy without subjects.
const everyone = "everyone"

// because names the first subject that matches.
func because(p Policy, user validation.User) string {
	for _, s := range p.Subjects {
		if (Policy{Subjects: []Subject{s}}).Applies(user) {
			return s.String()
		}
	}
	return everyone
}

func level(policies []Policy, at Enforcement) Level {
	l := Level{Enforcement: at.String()}
	for _, p := range policies {
		// Allow rules of stricter policies count as well.
		if p.Enforcement <= at {
			for i, r := range p.Allow {
				l.Allow = append(l.Allow, RuleText{Source: fmt.Sprintf("%s/allow[%d]", p.Name, i), Text: r.Full(), rule: r})
			}
		}
		if p.Enforcement != at {
			continue
		}
		if p.Fault != "" {
			l.Closed = append(l.Closed, p.Name)
		}
		l.Restricted = l.Restricted || len(p.Allow) > 0
		for i, r := range p.Deny {
			l.Deny = append(l.Deny, RuleText{Source: fmt.Sprintf("%s/deny[%d]", p.Name, i), Text: r.Full(), rule: r})
		}
		for i, s := range p.Required {
			l.Required = append(l.Required, RuleText{Source: fmt.Sprintf("%s/required[%d]", p.Name, i), Text: s.String(), collector: s})
		}
		if p.MaxCollectors != nil {
			l.Limits = append(l.Limits, Limit{p.Name + "/maxCollectors", *p.MaxCollectors})
		}
		for s, b := range p.Bounds {
			if b != nil {
				setting := validation.Setting(s).String()
				l.Bounds = append(l.Bounds, RuleText{Source: p.Name + "/" + setting, Text: setting + ": " + b.String()})
			}
		}
		if p.RemovalRestricted {
			l.RemovalRestricted = append(l.RemovalRestricted, p.Name)
		}
	}
	return l
}

// row is what the table says of one format.
type row struct {
	format, add, except string
	most                int
	remove, stay        string
}

func (l Level) row(f validation.Format) row {
	r := row{format: f.String(), add: "anything", except: "-", most: validation.MaxCollectors, remove: "anything", stay: "-"}
	anywhere := anything
	if netObservOnly(f) {
		anywhere = "any address" // an allow rule matches only the host names that it lists
	}
	allowed := places(l.Allow, f, anywhere)
	switch {
	case len(l.Closed) > 0:
		r.add = "nothing"
	case l.Restricted && len(allowed) == 0:
		r.add = "nothing"
	case l.Restricted:
		r.add = strings.Join(allowed, "; ")
	}
	denied := places(l.Deny, f, anything)
	switch {
	case slices.Contains(denied, anything):
		r.add = "nothing"
	case len(denied) > 0 && r.add != "nothing":
		r.except = strings.Join(denied, "; ")
	}
	for _, limit := range l.Limits {
		r.most = min(limit.Most, r.most)
	}
	if len(l.RemovalRestricted) > 0 {
		r.remove = "nothing"
		if len(allowed) > 0 {
			r.remove = strings.Join(allowed, "; ")
		}
	}
	var stay []string
	for _, s := range l.Required {
		if s.collector.Format == f {
			stay = append(stay, s.collector.Text())
		}
	}
	if stay != nil {
		r.stay = strings.Join(stay, ", ")
	}
	return r
}

// maxPlaces is how many networks a cell of the table lists.
const maxPlaces = 6

// anything is the cell of a table for every collector.
const anything = "anything"

// places lists where the rules for one format lead. A rule that matches every place leads anywhere.
func places(rules []RuleText, f validation.Format, anywhere string) []string {
	var list []string
	for _, r := range rules {
		if len(r.rule.Formats) > 0 && !slices.Contains(r.rule.Formats, f) {
			continue
		}
		ports := ""
		if len(r.rule.Ports) > 0 {
			ports = ":" + strings.Join(names(r.rule.Ports), ",")
		}
		named := names(r.rule.Destinations)
		if f == validation.IPFIX || netObservOnly(f) {
			named = append(named, r.rule.Hosts...)
		}
		switch n := len(named); {
		case len(r.rule.Destinations)+len(r.rule.Hosts) == 0 && ports == "":
			list = append(list, anywhere)
		case len(r.rule.Destinations)+len(r.rule.Hosts) == 0:
			list = append(list, "*"+ports)
		default:
			for _, place := range named[:min(n, maxPlaces)] {
				list = append(list, place+ports)
			}
			if n > maxPlaces {
				list = append(list, fmt.Sprintf("%d more %s%s", n-maxPlaces, r.rule.nouns(), ports))
			}
		}
	}
	if slices.Contains(list, anything) {
		return []string{anything}
	}
	return list
}

// netObservOnly reports whether only a FlowCollector of NetObserv sends a format.
func netObservOnly(f validation.Format) bool { return f > validation.IPFIX }

// formats lists the formats of the table: those of Open vSwitch, and all if a rule is about what
// only NetObserv sends.
func (l Level) formats() []validation.Format {
	formats := validation.PolicyFormats()
	for _, r := range slices.Concat(l.Allow, l.Deny) {
		if len(r.rule.Hosts) > 0 || slices.ContainsFunc(r.rule.Formats, netObservOnly) {
			return formats[:]
		}
	}
	return formats[:validation.IPFIX+1]
}
