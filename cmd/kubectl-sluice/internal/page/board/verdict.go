package board

import (
	"time"

	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/validation"
)

// Verdict is the first line of the page.
type Verdict struct {
	status.Verdict

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

func (f Facts) verdict() Verdict {
	unknown := func(title, text string) Verdict {
		return Verdict{Verdict: status.Verdict{Level: status.LevelUnknown, Title: title, Text: text}}
	}
	if name := f.loading(); name != "" {
		return unknown("Reading the cluster…", "Waiting for "+name+".")
	}
	for _, name := range []string{SourceReports, SourceNetwork} {
		switch s := f.source(name); s.State {
		case Forbidden:
			return unknown("The state is unknown", "You may not read "+name+". Ask a cluster administrator for the ClusterRole sluice-view.")
		case Missing:
			return unknown("The state is unknown", "The cluster does not serve "+name+". Is Sluice installed in this cluster?")
		case Failed:
			return unknown("The state is unknown", "The API server does not answer: "+cut(s.Why))
		case Loading, Current, Old:
		}
	}
	s := f.Cluster.Summarize()
	return Verdict{
		Verdict: f.Cluster.Verdict(), Nodes: s.Nodes, Reports: s.Reports, Alive: s.Alive, Applied: s.Applied, Exporting: s.Exporting, OutOfScope: s.OutOfScope,
		Omitted: f.left, LivenessUnknown: f.Cluster.LivenessUnknown != "",
	}
}

// clusterSection is what is configured, and where.
type clusterSection struct {
	Context    string              `json:"context"`
	Server     string              `json:"server"`
	Generation int64               `json:"generation"`
	Lists      map[string][]string `json:"lists"`
	// Ahead is how many seconds the API server's clock is ahead of this machine's; 0 for few.
	Ahead int64 `json:"ahead,omitempty"`
}

func (f Facts) cluster() clusterSection {
	c := clusterSection{Context: f.Context, Server: f.Server, Generation: f.Cluster.Generation, Lists: map[string][]string{}}
	for _, format := range validation.Formats() {
		c.Lists[format.Name()] = validation.Texts(f.Cluster.Desired.Of(format))
	}
	if f.Ahead.Abs() >= aheadStep {
		c.Ahead = int64(f.Ahead.Round(aheadStep).Seconds())
	}
	return c
}

// aheadStep is in what steps the browser gets to know that its machine's clock is wrong. Smaller ones would
// change the board without a need.
const aheadStep = 10 * time.Second
