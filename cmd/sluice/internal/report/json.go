package report

import (
	"sluice/cmd/internal/output"
	"sluice/validation"
)

// The object CheckResult. Names and types stay within an API version.
type (
	checkResult struct {
		output.Type
		Results []documentResult `json:"results"`
		// NotJudged and Unreadable say what has no result.
		NotJudged  []NotJudged `json:"notJudged"`
		Unreadable []Problem   `json:"unreadable"`
		Summary    summary     `json:"summary"`
	}
	documentResult struct {
		File     string             `json:"file"`
		Line     int                `json:"line"`
		Kind     string             `json:"kind"`
		Name     string             `json:"name"`
		Verdict  validation.Outcome `json:"verdict"`
		Errors   []finding          `json:"errors"`
		Warnings []finding          `json:"warnings"`
		// Allowed says what the allow rules match, if a policy denies or warns.
		Allowed    []string          `json:"allowed,omitempty"`
		Normalized *validation.Flows `json:"normalized,omitempty"`
		Server     *Answer           `json:"server,omitempty"`
	}
	finding struct {
		Field      string `json:"field"`
		Value      string `json:"value,omitempty"`
		Rule       string `json:"rule"`
		Message    string `json:"message"`
		Suggestion string `json:"suggestion,omitempty"`
		Line       int    `json:"line,omitempty"`
		Column     int    `json:"column,omitempty"`
	}
)

func checkResultOf(c Check) checkResult {
	all := checkResult{
		Type: output.Of("CheckResult"), Results: make([]documentResult, 0, len(c.Results)), Summary: summarize(c),
		NotJudged: append([]NotJudged{}, c.NotJudged...), Unreadable: append([]Problem{}, c.Unreadable...),
	}
	for _, r := range c.Results {
		out := documentResult{
			File: r.File, Line: r.Line, Kind: r.Kind, Name: r.Name, Verdict: r.Outcome(),
			Errors: []finding{}, Warnings: []finding{}, Allowed: r.allowed(), Server: r.Server,
		}
		for _, i := range r.issues() {
			entry := finding{Field: i.field, Value: i.value, Rule: i.rule, Message: i.message, Suggestion: i.fix, Line: i.at.Line, Column: i.at.Column}
			if i.failure {
				out.Errors = append(out.Errors, entry)
			} else {
				out.Warnings = append(out.Warnings, entry)
			}
		}
		if out.Verdict == validation.Normalized {
			out.Normalized = &r.Verdict.Flows
		}
		all.Results = append(all.Results, out)
	}
	return all
}
