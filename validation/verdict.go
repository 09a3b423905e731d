package validation

import (
	"slices"
	"strconv"
	"strings"
)

// Outcome sums a verdict up in one word.
type Outcome string

// The outcomes, in the words of the command line's JSON.
const (
	Accepted   Outcome = "Accepted"   // passes untouched
	Normalized Outcome = "Normalized" // passes once the edits are made
	Rejected   Outcome = "Rejected"   // malformed: the user mends it
	Denied     Outcome = "Denied"     // well-formed, but a policy says no
)

// Verdict is the judgement on one object.
type Verdict struct {
	// Errors say what is malformed, Denials what is not allowed.
	Errors  []Finding
	Denials []Denial
	// Cautions are what policies of the enforcement Warn don't allow, and Audited those of
	// Audit; neither refuses anything. Applied are the policies that apply to the user.
	Cautions, Audited []Denial
	Applied           []string
	// Warnings never refuse anything. Those that report an edit come first.
	Warnings []Finding
	// Omitted counts the findings beyond Options.MaxFindings, OmittedDenials the denials that
	// refuse something beyond it.
	Omitted, OmittedDenials int
	// Edits turn the user's object into the canonical one. There are none unless the
	// object passes.
	Edits []Edit
	// Exports is what the object says once the edits are made, unreadable entries left out.
	Exports Exports
}

// Outcome sums the verdict up.
func (v Verdict) Outcome() Outcome {
	switch {
	case len(v.Errors) > 0:
		return Rejected
	case len(v.Denials) > 0:
		return Denied
	case len(v.Edits) > 0:
		return Normalized
	}
	return Accepted
}

// Rules lists the rules of all findings once, sorted.
func (v Verdict) Rules() []string {
	var rules []string
	for _, f := range v.Errors {
		rules = append(rules, string(f.Rule))
	}
	for _, f := range v.Warnings {
		rules = append(rules, string(f.Rule))
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// Finding is one thing that is wrong, was put right, or deserves attention.
type Finding struct {
	Rule Rule
	// Field is the path in the user's own object, with the user's own indexes.
	Field string
	// Value is what stands there; empty where the finding is not about a text.
	Value string
	// Message says what is wrong, why it matters and what to write instead.
	Message string
	// Suggestion is complete text that would be accepted in the value's place, if there
	// is any.
	Suggestion string
	// Rewritten says that the finding reports an edit.
	Rewritten bool
	Position  Position
}

// Text is value and message, without the path: what kubectl prints behind it.
func (f Finding) Text() string {
	text := f.Message + " [sluice/" + string(f.Rule) + "]"
	if f.Value == "" {
		return text
	}
	return Quote(f.Value) + ": " + text
}

// Line is the finding in one line, as a warning to the user. It is short, because the API
// server and kubectl cut long warnings.
func (f Finding) Line() string {
	field := strings.TrimPrefix(f.Field, flowsField+".")
	if f.Value == "" {
		return field + ": " + f.Message
	}
	return field + ": " + Quote(f.Value) + " " + f.Message
}

// Denial is one thing that a policy does not allow.
type Denial struct {
	// Policies are those that say so: several only where none of them allows it.
	Policies []string
	Rule     string // of the policy, such as deny[0]
	Field    string
	Value    string
	Message  string
	Position Position
}

// Edit changes one place of the object.
type Edit struct {
	// Pointer is the place, as a JSON pointer (RFC 6901).
	Pointer string
	// Remove drops the place. Otherwise it is replaced by List, or by Text if List is nil.
	Remove bool
	List   []string
	Text   string
	// From tells for each item of List the index of the entry it came from.
	From []int
}

// Exports is a canonical spec.exportNetworkFlows.
type Exports struct {
	NetFlow *Collectors `json:"netFlow,omitempty"`
	SFlow   *Collectors `json:"sFlow,omitempty"`
	IPFIX   *Collectors `json:"ipfix,omitempty"`
}

// Collectors is the list of one format.
type Collectors struct {
	Collectors []string `json:"collectors"`
}

// Of returns the list of one format, nil if it is not exported.
func (e Exports) Of(f Format) []string {
	c := [...]*Collectors{NetFlow: e.NetFlow, SFlow: e.SFlow, IPFIX: e.IPFIX}[f]
	if c == nil {
		return nil
	}
	return c.Collectors
}

func (e *Exports) set(f Format, collectors []string) {
	if len(collectors) == 0 {
		return
	}
	c := &Collectors{Collectors: collectors}
	switch f {
	case NetFlow:
		e.NetFlow = c
	case SFlow:
		e.SFlow = c
	case IPFIX:
		e.IPFIX = c
	}
}

// maxQuoted is how many characters of a value a message shows.
const maxQuoted = 60

// Quote puts a value in quotes for a message: ASCII only, so that look-alike and control
// characters show, and cut when long.
func Quote(s string) string {
	if len(s) <= maxQuoted {
		return strconv.QuoteToASCII(s)
	}
	runes := []rune(s[:min(len(s), 4*maxQuoted)])
	runes = runes[:min(len(runes), maxQuoted)]
	return strconv.QuoteToASCII(string(runes)) + "... (" + strconv.Itoa(len(s)) + " bytes)"
}

// maxSources is how many policies a message names.
const maxSources = 5

// Source names the policies, the first few if there are many, and the rule.
func (d Denial) Source() string {
	names := d.Policies
	more := ""
	if len(names) > maxSources {
		more = " and " + strconv.Itoa(len(names)-maxSources) + " more"
		names = names[:maxSources]
	}
	return strings.Join(names, ",") + more + "/" + d.Rule
}

// Text is value and message, without the path, and who says so.
func (d Denial) Text() string {
	text := d.Message + " [policy " + d.Source() + "]"
	if d.Value == "" {
		return text
	}
	return Quote(d.Value) + ": " + text
}

// Line is the denial in one line, as a warning to the user.
func (d Denial) Line() string {
	return strings.TrimPrefix(d.Field, flowsField+".") + ": " + d.Text()
}

// PolicyNames lists the policies of denials once, sorted.
func PolicyNames(denials []Denial) []string {
	var policies []string
	for _, d := range denials {
		policies = append(policies, d.Policies...)
	}
	slices.Sort(policies)
	return slices.Compact(policies)
}

// Policies lists the policies that deny something once, sorted.
func (v Verdict) Policies() []string { return PolicyNames(v.Denials) }
