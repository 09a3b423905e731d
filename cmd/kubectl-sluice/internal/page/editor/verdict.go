package editor

import (
	"strconv"
	"strings"

	"sluice/validation"
)

// Verdict is what the page shows of an evaluation.
type Verdict struct {
	// Outcome is that of the review; NoVerdict if there is none.
	Outcome string `json:"outcome"`
	// By says who evaluated: Server, or Local for the same rules on this machine.
	By string `json:"by"`
	// Why says why the API server was not asked, or has no verdict.
	Why string `json:"why,omitempty"`
	// Message is the answer of the API server, if it has no findings.
	Message  string    `json:"message,omitempty"`
	Findings []Finding `json:"findings"`
	// Hint says what is allowed.
	Hint string `json:"hint,omitempty"`
	// Stored are the lists as they would be stored; nil if they would not be.
	Stored map[string][]string `json:"stored,omitempty"`
	// Changed says that they differ from what is stored now.
	Changed bool   `json:"changed"`
	Command string `json:"command"`
}

// The values of By, and the outcome without a verdict.
const (
	Server    = "Server"
	Local     = "Local"
	NoVerdict = "NoVerdict"
)

// Finding is one thing that is wrong or deserves attention.
type Finding struct {
	// Severity is error, denial or warning.
	Severity string `json:"severity"`
	// Format and Line say where; Line is -1 if the finding is not about a line.
	Format string `json:"format,omitempty"`
	Line   int    `json:"line"`
	// Value is the user's text.
	Value      string `json:"value,omitempty"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
	Rule       string `json:"rule,omitempty"`
}

// place finds the format and the line in a path such as
// spec.exportNetworkFlows.netFlow.collectors[1].
func place(field string) (format string, line int) {
	for _, f := range validation.Formats() {
		_, rest, found := strings.Cut(field, "."+f.Field()+".collectors")
		if !found {
			continue
		}
		number, isItem := strings.CutPrefix(rest, "[")
		if n, err := strconv.Atoi(strings.TrimSuffix(number, "]")); isItem && err == nil {
			return f.Name(), n
		}
		return f.Name(), -1
	}
	return "", -1
}

// finding is one of a review.
func finding(severity string, f validation.Finding) Finding {
	format, line := place(f.Field)
	return Finding{Severity: severity, Format: format, Line: line, Value: f.Value, Message: f.Message, Suggestion: f.Suggestion, Rule: string(f.Rule)}
}

// denial is one of a policy.
func denial(severity string, d validation.Denial) Finding {
	format, line := place(d.Field)
	return Finding{Severity: severity, Format: format, Line: line, Value: d.Value, Message: d.Message, Rule: "policy " + d.Source()}
}
