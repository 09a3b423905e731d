package report

// Check is everything that a check found, in a stable order.
type Check struct {
	Results []Result
	// NotJudged are documents that name the lists in a form that can't be judged. Unreadable are
	// files, or parts of files, that can't be read.
	NotJudged  []NotJudged
	Unreadable []Problem
}

// NotJudged is a document that was not judged.
type NotJudged struct {
	File string `json:"file"`
	Line int    `json:"line"`
	// Reason says what it is. Hint is what to do instead; empty if nothing is known.
	Reason string `json:"reason"`
	Hint   string `json:"hint,omitempty"`
}

// Text is the reason with the hint.
func (n NotJudged) Text() string {
	if n.Hint == "" {
		return "not judged: " + n.Reason
	}
	return "not judged: " + n.Reason + "; " + n.Hint
}

// Problem is a file that can't be read.
type Problem struct {
	File string `json:"file,omitempty"`
	// Line is the place from which on it can't be read; 0 if it can't be opened.
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}
