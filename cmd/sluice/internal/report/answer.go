package report

import (
	"slices"

	"sluice/validation"
)

// Answer is what the API server said of a document in a dry run. Findings and denials of Sluice
// are in the verdict, not here.
type Answer struct {
	// User is whom the API server evaluated, as it authenticates the request.
	User     string `json:"user,omitempty"`
	Accepted bool   `json:"accepted"`
	// NoAnswer says why there is no answer; nothing else is known then.
	NoAnswer string `json:"noAnswer,omitempty"`
	// Code and Reason are those of the refusal.
	Code   int32  `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Message is the refusal, if it is not one of Sluice: missing rights, the schema, or another
	// admission plugin.
	Message string `json:"message,omitempty"`
	// Hint says what is allowed, and how to learn more.
	Hint string `json:"hint,omitempty"`
	// Warnings are those that the verdict does not have.
	Warnings []string `json:"warnings,omitempty"`
}

// NoVerdict is the outcome of a document that the API server was asked about, and did not evaluate.
const NoVerdict validation.Outcome = "NoVerdict"

// Answered reports whether the API server answered.
func (r Result) Answered() bool { return r.Server != nil && r.Server.NoAnswer == "" }

// forbidden is the HTTP status of a change that is well-formed but not allowed.
const forbidden = 403

// Outcome summarizes the verdict and the answer of the API server, if it was asked.
func (r Result) Outcome() validation.Outcome {
	o := r.Verdict.Outcome()
	if r.Server == nil || r.Server.Accepted || o == validation.Rejected || o == validation.Denied {
		return o
	}
	if r.Server.NoAnswer != "" {
		return NoVerdict
	}
	if r.Server.Code == forbidden {
		return validation.Denied
	}
	return validation.Rejected
}

// HasWarnings reports whether anything is a warning that needs a change.
func (r Result) HasWarnings() bool {
	return len(r.Verdict.Warnings)-r.Canonical+len(r.Verdict.Warned) > 0 || r.Server != nil && len(r.Server.Warnings) > 0
}

// apiServer is the rule of what the API server says, and Sluice does not.
const apiServer = "api-server"

// issues lists what the API server says.
func (a *Answer) issues() []issue {
	if a == nil {
		return nil
	}
	var all []issue
	if a.NoAnswer != "" {
		message := noVerdict + ": " + a.NoAnswer
		all = append(all, issue{failure: true, unanswered: true, rule: apiServer, message: message, text: message})
	}
	if a.Message != "" {
		all = append(all, issue{failure: true, rule: apiServer, message: a.Message, text: "the API server refuses it: " + a.Message})
	}
	for _, w := range a.Warnings {
		all = append(all, issue{rule: apiServer, message: w, text: "the API server warns: " + w})
	}
	return all
}

// allowed says what the allow rules match, once for all denials of the document.
func (r Result) allowed() []string {
	var texts []string
	for _, text := range []string{r.Verdict.Allowed, r.Verdict.AllowedWarned} {
		if text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// notes are lines about the document as a whole.
func (r Result) notes() []string {
	var notes []string
	for _, text := range r.allowed() {
		notes = append(notes, "allowed: "+text)
	}
	if r.Server == nil {
		return notes
	}
	if r.Server.Hint != "" {
		notes = append(notes, r.Server.Hint)
	}
	if r.Server.Accepted && r.Verdict.Outcome() == validation.Rejected {
		notes = append(notes, "the API server accepts it as it is")
	}
	return notes
}
