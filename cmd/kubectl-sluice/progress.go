package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// progress is how far a verification is.
type progress struct {
	to screen
	// quiet prints nothing but the result, as JSON.
	quiet   bool
	request string
	nodes   []string
	results []result
	shown   string
}

// result is what one node received of one format.
type result struct {
	Node string `json:"node"`
	// Format is empty if the node received nothing for a reason that concerns all formats.
	Format    string  `json:"format,omitempty"`
	Datagrams int64   `json:"datagrams"`
	Records   int64   `json:"records"`
	Result    outcome `json:"result"`
	Message   string  `json:"message,omitempty"`
}

// outcome is what became of one format on a node.
type outcome string

// The outcomes.
const (
	received  outcome = "Received"  // records came
	noRecords outcome = "NoRecords" // none came yet
	refused   outcome = "Refused"   // the agent refuses to verify
	noAnswer  outcome = "NoAnswer"  // the agent did not answer
)

// text says the outcome for people.
func (r result) text() string {
	switch {
	case r.Result == received && r.Message == "":
		return "ok"
	case r.Result == received:
		return "ok: " + r.Message
	case r.Result == refused:
		return "refused: " + r.Message
	case r.Result == noAnswer:
		return "no answer from the agent"
	}
	return "no records"
}

// update takes in the reports.
func (p *progress) update(c status.Cluster) {
	p.results = nil
	for _, name := range p.nodes {
		p.results = append(p.results, resultsOf(c, name, p.request)...)
	}
}

func resultsOf(c status.Cluster, name, request string) []result {
	i := slices.IndexFunc(c.Exports, func(n v1alpha1.NodeFlowExport) bool {
		return n.Name == name && n.Status.Verification != nil && n.Status.Verification.Request == request
	})
	if i < 0 {
		return []result{{Node: name, Result: noAnswer}}
	}
	v := c.Exports[i].Status.Verification
	if v.Phase == v1alpha1.VerificationRefused {
		return []result{{Node: name, Result: refused, Message: v.Message}}
	}
	var list []result
	for _, f := range v.Formats {
		r := result{Node: name, Format: string(f.Format), Datagrams: f.Datagrams, Records: f.Records, Result: noRecords}
		switch {
		case f.Records > 0:
			r.Result = received
		case f.Undecoded > 0:
			// Before version 3.2, Open vSwitch sends templates every 10 minutes only, and not
			// to a collector that is added in between. The records left all the same.
			r.Result, r.Message = received, fmt.Sprintf("%d sets of records whose template was not sent yet", f.Undecoded)
		}
		list = append(list, r)
	}
	return list
}

// done reports whether nothing more can come.
func (p *progress) done() bool {
	return !slices.ContainsFunc(p.results, func(r result) bool { return r.Result == noRecords || r.Result == noAnswer })
}

// show says how far it is: on one line that is overwritten, or on one line for each change.
func (p *progress) show() error {
	if p.quiet {
		return nil
	}
	got := 0
	var missing []string
	for _, r := range p.results {
		if r.Result == received {
			got++
			continue
		}
		missing = append(missing, strings.TrimSpace(r.Node+" "+r.Format))
	}
	line := fmt.Sprintf("  records received: %d of %d", got, len(p.results))
	if len(missing) > 0 {
		line += "; waiting for " + strings.Join(missing[:min(3, len(missing))], ", ")
		if len(missing) > 3 {
			line += fmt.Sprintf(" and %d more", len(missing)-3)
		}
	}
	if line == p.shown {
		return nil
	}
	p.shown = line
	if p.to.isTerminal() {
		line = "\r\x1b[K" + line // over the last line
	} else {
		line += "\n"
	}
	_, err := fmt.Fprint(p.to.out, line)
	return err
}

// verificationReport is what "verify -o json" prints.
type verificationReport struct {
	output.Type

	Results []result `json:"results"`
}

// result prints the results, and fails if records are missing.
func (p *progress) result() error {
	complete := len(p.results) > 0 && !slices.ContainsFunc(p.results, func(r result) bool { return r.Result != received })
	if err := p.print(complete); err != nil {
		return err
	}
	if !complete {
		return exit.With(exit.Negative)
	}
	return nil
}

func (p *progress) print(complete bool) error {
	if p.quiet {
		return output.JSON(p.to.out, verificationReport{output.Of("VerificationReport"), p.results})
	}
	if p.to.isTerminal() {
		fmt.Fprintln(p.to.out)
	}
	fmt.Fprintln(p.to.out)
	t := tabwriter.NewWriter(p.to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NODE\tFORMAT\tDATAGRAMS\tRECORDS\tRESULT")
	for _, r := range p.results {
		format := r.Format
		if format == "" {
			format = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\n", r.Node, format, r.Datagrams, r.Records, r.text())
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	if !complete {
		fmt.Fprintln(p.to.out, "\nA format without records means that no traffic was sampled in this time, or that Open\nvSwitch does not export: see \"kubectl sluice status -o wide\".")
	}
	return nil
}
