package board

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

// Verdict is the first line of the page.
type Verdict struct {
	Level Level  `json:"level"`
	Title string `json:"title"`
	Text  string `json:"text"`
	// The counts of "kubectl sluice status".
	Nodes      int `json:"nodes"`
	Reports    int `json:"reports"`
	Alive      int `json:"alive"`
	Applied    int `json:"applied"`
	Exporting  int `json:"exporting"`
	OutOfScope int `json:"outOfScope,omitempty"`
	// Omitted is how many nodes are not shown.
	Omitted int `json:"omitted,omitempty"`
	// LivenessUnknown says that it is unknown which agents are alive.
	LivenessUnknown bool `json:"livenessUnknown,omitempty"`
}

func (f Facts) verdict(problems Problems) Verdict {
	if name := f.loading(); name != "" {
		return Verdict{Level: LevelUnknown, Title: "Reading the cluster…", Text: "Waiting for " + name + "."}
	}
	for _, name := range []string{SourceReports, SourceNetwork} {
		switch s := f.source(name); s.State {
		case Forbidden:
			return Verdict{Level: LevelUnknown, Title: "The state is unknown", Text: "You may not read " + name + ". Ask a cluster administrator for the ClusterRole sluice-view."}
		case Missing:
			return Verdict{Level: LevelUnknown, Title: "The state is unknown", Text: "The cluster does not serve " + name + ". Is Sluice installed in this cluster?"}
		case Failed:
			return Verdict{Level: LevelUnknown, Title: "The state is unknown", Text: "The API server does not answer: " + cut(s.Why)}
		case Loading, Current, Old:
		}
	}
	s := f.Cluster.Summarize()
	v := Verdict{
		Nodes: s.Nodes, Reports: s.Reports, Alive: s.Alive, Applied: s.Applied, Exporting: s.Exporting, OutOfScope: s.OutOfScope,
		Omitted: f.left, LivenessUnknown: f.Cluster.LivenessUnknown != "",
	}
	list := 0
	for _, format := range validation.Formats() {
		list += len(f.Cluster.Desired.Of(format))
	}
	n := len(problems.List) + problems.Omitted
	switch {
	case n == 1:
		v.Level, v.Title = LevelProblem, "1 problem"
	case n > 1:
		v.Level, v.Title = LevelProblem, fmt.Sprintf("%d problems", n)
	case list == 0:
		v.Level, v.Title = LevelOff, "Export is off"
	case s.Reports == 0:
		v.Level, v.Title = LevelOff, "No agent has reported"
	default:
		v.Level, v.Title = LevelOK, "OK"
	}
	switch {
	case s.Reports == 0 && n == 0:
		v.Text = "Lists are checked, but Sluice applies nothing."
	case list == 0:
		v.Text = fmt.Sprintf("No collectors are configured. %d of %d nodes are up to date.", s.Applied, s.Nodes)
	default:
		v.Text = fmt.Sprintf("%d of %d nodes are up to date, %d export to all collectors.", s.Applied, s.Nodes, s.Exporting)
	}
	return v
}

// clusterSection is what is configured, and where.
type clusterSection struct {
	Context    string              `json:"context"`
	Server     string              `json:"server"`
	Generation int64               `json:"generation"`
	Lists      map[string][]string `json:"lists"`
}

func (f Facts) cluster() clusterSection {
	c := clusterSection{Context: f.Context, Server: f.Server, Generation: f.Cluster.Generation, Lists: map[string][]string{}}
	for _, format := range validation.Formats() {
		c.Lists[format.Name()] = validation.Texts(f.Cluster.Desired.Of(format))
	}
	return c
}
