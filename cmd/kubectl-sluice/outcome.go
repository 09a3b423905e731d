package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// result is what one node sent of one format.
type result struct {
	Node string `json:"node"`
	// Format is empty if the result is about the node.
	Format    string  `json:"format,omitempty"`
	Datagrams int64   `json:"datagrams"`
	Records   int64   `json:"records"`
	Undecoded int64   `json:"undecoded,omitempty"`
	Foreign   int64   `json:"foreign,omitempty"`
	Result    outcome `json:"result"`
	Message   string  `json:"message,omitempty"`
}

// outcome is what became of one format on a node.
type outcome string

// The outcomes.
const (
	received    outcome = "Received"    // records came
	leaving     outcome = "Leaving"     // datagrams came, and no records that can be counted
	idle        outcome = "Idle"        // nothing came, because there was nothing to export
	noDatagrams outcome = "NoDatagrams" // nothing came
	off         outcome = "Off"         // nothing is to be exported
	paused      outcome = "Paused"      // the agent changes nothing by intention
	refused     outcome = "Refused"     // the agent refuses to verify
	unable      outcome = "Unable"      // the agent can't answer
	noAnswer    outcome = "NoAnswer"    // the agent did not answer
)

// good reports whether the outcome is as it should be.
func (o outcome) good() bool { return o == received || o == leaving || o == idle || o.skipped() }

// skipped reports whether nothing was to be verified.
func (o outcome) skipped() bool { return o == off || o == paused }

// final reports whether waiting can't improve a result. Sets of records whose template is missing
// stay undecoded for up to 10 minutes.
func (r result) final() bool {
	return r.Result != noDatagrams && r.Result != noAnswer && (r.Result != leaving || r.Undecoded > 0)
}

// text says the outcome for people.
func (r result) text() string {
	word := map[outcome]string{
		received: "ok", leaving: "ok", idle: "idle", noDatagrams: "no datagrams", off: "skipped", paused: "skipped",
		refused: "refused", unable: "not verified", noAnswer: "no answer from the agent",
	}[r.Result]
	if r.Message == "" {
		return word
	}
	return word + ": " + r.Message
}

// unasked is the result of a node that is not asked; false if it is to be asked.
func unasked(c status.Cluster, node string) (result, bool) {
	if reason, message := c.Unable(node); reason != "" {
		return result{Node: node, Result: unable, Message: message}, true
	}
	if why := c.Off(node); why != "" {
		return result{Node: node, Result: off, Message: why}, true
	}
	if why := c.Paused(node); why != "" {
		return result{Node: node, Result: paused, Message: why}, true
	}
	return result{}, false
}

// resultsOf are the results of a node for a request.
func resultsOf(c status.Cluster, name, request string) []result {
	i := slices.IndexFunc(c.Exports, func(n v1alpha1.NodeFlowExport) bool { return n.Name == name && serves(n, request) })
	if i < 0 || c.Exports[i].Status.Verification.Phase != v1alpha1.VerificationRefused && len(c.Exports[i].Status.Verification.Formats) == 0 {
		return []result{{Node: name, Result: noAnswer}}
	}
	v := c.Exports[i].Status.Verification
	if v.Phase == v1alpha1.VerificationRefused {
		r := result{Node: name, Result: refused, Message: v.Message}
		switch why := c.Paused(name); {
		case v.Reason == v1alpha1.VerificationNothingConfigured:
			r.Result = off
		case v.Reason == v1alpha1.VerificationMayNotWrite && why != "":
			r.Result, r.Message = paused, why
		}
		return []result{r}
	}
	var list []result
	for _, f := range v.Formats {
		list = append(list, resultOf(name, f, v))
	}
	return list
}

// serves reports whether a node's verification answers a request.
func serves(n v1alpha1.NodeFlowExport, request string) bool {
	return request != "" && n.Status.Verification != nil && slices.Contains(strings.Split(n.Status.Verification.Request, ","), request)
}

// resultOf is what came of one format.
func resultOf(node string, f v1alpha1.VerifiedFormat, v *v1alpha1.Verification) result {
	problem := v.Message // what the agent could not find out
	r := result{
		Node: node, Format: string(f.Format), Datagrams: f.Datagrams, Records: f.Records,
		Undecoded: f.Undecoded, Foreign: f.Foreign, Result: noDatagrams,
	}
	switch {
	case f.Records > 0:
		r.Result = received
	case f.Undecoded > 0:
		// Open vSwitch sends IPFIX templates every 10 minutes, and not to a collector that is added in
		// between.
		r.Result, r.Message = leaving, fmt.Sprintf("received %d datagrams, template not yet seen", f.Datagrams)
	case f.Datagrams > 0:
		r.Result, r.Message = leaving, "datagrams leave, but no packet was sampled yet"
	case v.Idle && f.Foreign == 0 && problem == "":
		r.Result, r.Message = idle, "no packet passed the bridge"
	default:
		r.Message = problem
		if f.Foreign > 0 {
			r.Message = cmp.Or(problem, fmt.Sprintf("%d datagrams came from no socket that Open vSwitch was seen to have, and don't count", f.Foreign))
		}
	}
	return r
}
