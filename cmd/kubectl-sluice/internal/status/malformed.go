package status

import (
	"strings"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/printable"
	"sluice/validation"
)

// malformed are the problems of what is stored although it is malformed. They need no agent that reports them.
func (c Cluster) malformed() []Problem {
	var list []Problem
	for _, of := range []struct {
		object   string
		findings []validation.Finding
	}{{"Network.operator cluster", c.Malformed}, {"ConfigMap ovs-flows-config", c.ConfigMalformed}} {
		for _, f := range of.findings {
			list = append(list, Problem{Cluster: true, Nodes: []string{"cluster"}, Reason: v1alpha1.ReasonMalformed, Message: of.object + ": " + f.Line()})
		}
	}
	return list
}

// malformedIn are the malformed entries of a list of the Network, quoted.
func (c Cluster) malformedIn(f validation.Format) []string {
	return quoted(c.Malformed, "spec.exportNetworkFlows."+f.Field()+".")
}

// malformedTargets are the malformed collectors of the ConfigMap, quoted.
func (c Cluster) malformedTargets() []string {
	return append(quoted(c.ConfigMalformed, "data.sharedTarget"), quoted(c.ConfigMalformed, "data.nodePort")...)
}

func quoted(findings []validation.Finding, field string) []string {
	var list []string
	for _, f := range findings {
		if strings.HasPrefix(f.Field, field) && f.Value != "" {
			list = append(list, validation.Quote(f.Value))
		}
	}
	return list
}

// entries are the entries of a list, the malformed ones last; empty if there are none.
func entries(good, malformed []string) string {
	parts := []string{}
	if len(good) > 0 {
		parts = append(parts, strings.Join(printable.Lines(good), ", "))
	}
	if len(malformed) > 0 {
		parts = append(parts, "malformed: "+strings.Join(printable.Lines(malformed), ", "))
	}
	return strings.Join(parts, "; ")
}

// configUnknown is the problem that the ConfigMap can't be read, unless the one of all inputs says so.
func (c Cluster) configUnknown() (Problem, bool) {
	return Problem{
		Cluster: true, Nodes: []string{"cluster"}, Reason: ReasonInputsUnknown,
		Message: "it is unknown whether the ConfigMap ovs-flows-config has collectors: " + c.FlowsConfigUnknown,
	}, c.FlowsConfigUnknown != "" && (c.InputsUnknown == "" || c.noAgents())
}
