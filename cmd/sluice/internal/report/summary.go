package report

import (
	"fmt"
	"strings"

	"sluice/validation"
)

// summary is the number of documents with each outcome.
type summary struct {
	Accepted   int `json:"accepted"`
	Normalized int `json:"normalized"`
	Rejected   int `json:"rejected"`
	Denied     int `json:"denied"`
}

func summarize(results []Result) summary {
	var s summary
	for _, r := range results {
		switch r.Outcome() {
		case validation.Accepted:
			s.Accepted++
		case validation.Normalized:
			s.Normalized++
		case validation.Rejected:
			s.Rejected++
		case validation.Denied:
			s.Denied++
		}
	}
	return s
}

// String is the summary in one line, without the outcomes that did not occur.
func (s summary) String() string {
	total := 0
	var parts []string
	for _, c := range []struct {
		outcome validation.Outcome
		number  int
	}{
		{validation.Accepted, s.Accepted},
		{validation.Normalized, s.Normalized},
		{validation.Rejected, s.Rejected},
		{validation.Denied, s.Denied},
	} {
		total += c.number
		if c.number > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.number, lower(c.outcome)))
		}
	}
	switch total {
	case 0:
		return "no documents"
	case 1:
		return "1 document: " + parts[0]
	}
	return fmt.Sprintf("%d documents: %s", total, strings.Join(parts, ", "))
}

func lower(o validation.Outcome) string { return strings.ToLower(string(o)) }
