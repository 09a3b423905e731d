package status

import (
	"fmt"

	"sluice/validation"
)

// Level says how bad a verdict is.
type Level string

// The levels.
const (
	LevelOK      Level = "ok"
	LevelOff     Level = "off"
	LevelProblem Level = "problem"
	LevelUnknown Level = "unknown"
)

// Verdict sums a cluster up, in the same words for the command line and for the page.
type Verdict struct {
	Level Level `json:"level"`
	// Title is the verdict in a few words, Text counts the nodes.
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Verdict is the verdict on a cluster of which the reports and the lists are known.
func (c Cluster) Verdict() Verdict { return c.verdict(c.Summarize()) }

func (c Cluster) verdict(s Summary) Verdict {
	v := Verdict{Level: LevelOK, Title: "OK", Text: fmt.Sprintf("%s, %s to all collectors.", s.upToDate(), plural(s.Exporting, "exports", "export"))}
	wanted := c.wanted()
	switch n := len(s.Problems); {
	case n == 1:
		v.Level, v.Title = LevelProblem, "1 problem"
	case n > 1:
		v.Level, v.Title = LevelProblem, fmt.Sprintf("%d problems", n)
	case wanted == 0:
		v.Level, v.Title = LevelOff, "Export is off"
	case s.Reports == 0:
		v.Level, v.Title = LevelOff, noReport
	}
	switch {
	case c.noAgents():
		// Without an agent there is nothing to count: the agents are an optional part.
		v.Text = "Sluice applies nothing. \"kubectl sluice doctor\" shows whether lists are checked."
		if v.Title != noReport {
			v.Text = noReport + "; " + v.Text
		}
	case wanted == 0 && c.Generation > 0:
		v.Text = fmt.Sprintf("No collectors are configured. %s.", s.upToDate())
	}
	if s.Paused > 0 {
		v.Text += " " + pausedText(s.Paused)
	}
	return v
}

// noReport is what is known without a report.
const noReport = "No agent has reported"

// upToDate counts the nodes that are up to date.
func (s Summary) upToDate() string {
	return fmt.Sprintf("%d of %s up to date", s.Applied, plural(s.Nodes, "node is", "nodes are"))
}

// pausedText counts the nodes that a profile pauses.
func pausedText(n int) string {
	if n == 1 {
		return "1 node is paused by its FlowExportProfile."
	}
	return fmt.Sprintf("%d nodes are paused by their FlowExportProfiles.", n)
}

// wanted is how many collectors are configured, in the Network and in the ConfigMap. Malformed ones count.
func (c Cluster) wanted() int {
	n := len(c.ConfigCollectors)
	for _, f := range validation.Formats() {
		n += len(c.Desired.Of(f)) + len(c.malformedIn(f))
	}
	n += len(c.malformedTargets())
	return n
}
