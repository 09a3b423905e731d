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
	// WithoutVerdict counts the documents that the API server did not evaluate.
	WithoutVerdict int `json:"withoutVerdict,omitempty"`
	// NotJudged counts the documents that can't be judged, Unreadable the files that can't be read.
	NotJudged  int `json:"notJudged,omitempty"`
	Unreadable int `json:"unreadable,omitempty"`
}

func summarize(c Check) summary {
	s := summary{NotJudged: len(c.NotJudged), Unreadable: len(c.Unreadable)}
	for _, r := range c.Results {
		switch r.Outcome() {
		case validation.Accepted:
			s.Accepted++
		case validation.Normalized:
			s.Normalized++
		case validation.Rejected:
			s.Rejected++
		case validation.Denied:
			s.Denied++
		case NoVerdict:
			s.WithoutVerdict++
		}
	}
	return s
}

// String is the summary in one line, without the outcomes that did not occur.
func (s summary) String() string {
	total := 0
	var parts []string
	for _, c := range []struct {
		what   string
		number int
	}{
		{lower(validation.Accepted), s.Accepted},
		{lower(validation.Normalized), s.Normalized},
		{lower(validation.Rejected), s.Rejected},
		{lower(validation.Denied), s.Denied},
		{"without a verdict", s.WithoutVerdict},
		{"not judged", s.NotJudged},
	} {
		total += c.number
		if c.number > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.number, c.what))
		}
	}
	text := "no documents"
	switch {
	case total == 1:
		text = "1 document: " + parts[0]
	case total > 1:
		text = fmt.Sprintf("%d documents: %s", total, strings.Join(parts, ", "))
	}
	switch s.Unreadable {
	case 0:
		return text
	case 1:
		return text + "; 1 file can't be read"
	}
	return fmt.Sprintf("%s; %d files can't be read", text, s.Unreadable)
}

// noVerdict is NoVerdict in a sentence.
const noVerdict = "no verdict"

func lower(o validation.Outcome) string {
	if o == NoVerdict {
		return noVerdict
	}
	return strings.ToLower(string(o))
}
