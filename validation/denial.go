package validation

import (
	"slices"
	"strconv"
	"strings"
)

// Action is what a policy does not allow.
type Action uint8

// The actions.
const (
	AddCollector    Action = iota // add the collector Value
	RemoveCollector               // remove the collector Value
	OmitCollector                 // create or keep the object without the collector Value
	ExceedLimit                   // have more collectors than maxCollectors
	ExceedBounds                  // give a setting the value Value, or its default
	AddOwner                      // add an owner reference
	StopExport                    // stop the export to a collector that stays in the list
	ExceedQuota                   // have more FlowExports in the namespace than maxFlowExports
)

// Denial is one thing that a policy does not allow.
type Denial struct {
	// Policies are those that say so: several only where none of them allows it.
	Policies []string
	Rule     string // of the policy, such as deny[0]
	// Action is what is not allowed, and Format that of the collectors in question.
	Action   Action
	Format   Format
	Field    string
	Value    string
	Message  string
	Position Position
}

// maxSources is how many policies a message names.
const maxSources = 5

// Source names the policies, the first few if there are many, and the rule. What is denied unless a
// policy allows it is denied by none.
func (d Denial) Source() string {
	if len(d.Policies) == 0 {
		return d.Rule
	}
	names := d.Policies
	more := ""
	if len(names) > maxSources {
		more = " and " + strconv.Itoa(len(names)-maxSources) + " more"
		names = names[:maxSources]
	}
	return strings.Join(names, ",") + more + "/" + d.Rule
}

// The types of causes in the details of an API status that are not rules.
const (
	// CausePrefix begins the type of a denial.
	CausePrefix = "policy/"
	// CauseHint is the type of the cause that says what is allowed. It is not a finding.
	CauseHint = "hint"
)

// Cause is the type of the denial as a cause of an API status, such as policy/team-a/deny[0].
func (d Denial) Cause() string { return CausePrefix + d.Source() }

// Text is value and message, without the path, and the policy's rule.
func (d Denial) Text() string {
	text := d.Message
	if len(d.Policies) > 0 {
		text += " [policy " + d.Source() + "]"
	}
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
