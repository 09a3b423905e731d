package report

import (
	"bytes"
	"encoding/json"
	"io"

	"sigs.k8s.io/yaml"

	"sluice/validation"
)

// The JSON that scripts rely on. Names and types stay.
type (
	jsonReport struct {
		Results []jsonResult `json:"results"`
		Summary summary      `json:"summary"`
	}
	jsonResult struct {
		File       string              `json:"file"`
		Line       int                 `json:"line"`
		Kind       string              `json:"kind"`
		Name       string              `json:"name"`
		Verdict    validation.Outcome  `json:"verdict"`
		Errors     []jsonIssue         `json:"errors"`
		Warnings   []jsonIssue         `json:"warnings"`
		Normalized *validation.Exports `json:"normalized,omitempty"`
	}
	jsonIssue struct {
		Field      string `json:"field"`
		Value      string `json:"value,omitempty"`
		Rule       string `json:"rule"`
		Message    string `json:"message"`
		Suggestion string `json:"suggestion,omitempty"`
		Line       int    `json:"line,omitempty"`
	}
)

func jsonOf(results []Result) jsonReport {
	all := jsonReport{Results: make([]jsonResult, 0, len(results)), Summary: summarize(results)}
	for _, r := range results {
		out := jsonResult{
			File: r.File, Line: r.Line, Kind: r.Kind, Name: r.Name, Verdict: r.Verdict.Outcome(),
			Errors: []jsonIssue{}, Warnings: []jsonIssue{},
		}
		for _, i := range r.issues() {
			entry := jsonIssue{Field: i.field, Value: i.value, Rule: i.rule, Message: i.message, Suggestion: i.fix, Line: i.at.Line}
			if i.failure {
				out.Errors = append(out.Errors, entry)
			} else {
				out.Warnings = append(out.Warnings, entry)
			}
		}
		if out.Verdict == validation.Normalized {
			out.Normalized = &r.Verdict.Exports
		}
		all.Results = append(all.Results, out)
	}
	return all
}

func writeJSON(w io.Writer, results []Result) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(jsonOf(results))
}

func writeYAML(w io.Writer, results []Result) error {
	var text bytes.Buffer
	if err := writeJSON(&text, results); err != nil {
		return err
	}
	out, err := yaml.JSONToYAML(text.Bytes())
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}
