package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/internal/printable"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// progress is how far a verification is.
type progress struct {
	to screen
	// quiet prints nothing but the result, as JSON.
	quiet bool
	nodes []string
	// results are those of each node. Those that are final don't change any more.
	results map[string][]result
	shown   string
}

// newProgress begins with the nodes that have a report and those that should have one. Some of
// them need not be asked.
func newProgress(to screen, quiet bool, c status.Cluster, reporting []string) progress {
	p := progress{to: to, quiet: quiet, nodes: slices.Concat(reporting, c.Unreported()), results: map[string][]result{}}
	slices.Sort(p.nodes)
	for _, node := range p.nodes {
		if r, known := unasked(c, node); known {
			p.results[node] = []result{r}
		}
	}
	return p
}

// asked are the nodes that are to be asked.
func (p *progress) asked() []string {
	return slices.DeleteFunc(slices.Clone(p.nodes), p.final)
}

// final reports whether the results of a node can't change any more.
func (p *progress) final(node string) bool {
	results, known := p.results[node]
	return known && !slices.ContainsFunc(results, func(r result) bool { return !r.final() })
}

// complete are the nodes without an open question.
func (p *progress) complete() []string {
	return slices.DeleteFunc(slices.Clone(p.nodes), func(node string) bool { return !p.final(node) })
}

// update takes in the reports. request is the request to a node.
func (p *progress) update(c status.Cluster, request func(node string) string) {
	for _, node := range p.asked() {
		p.results[node] = resultsOf(c, node, request(node))
	}
}

// done reports whether nothing more can come.
func (p *progress) done() bool { return len(p.asked()) == 0 }

// all are the results in the order of the nodes.
func (p *progress) all() []result {
	list := []result{}
	for _, node := range p.nodes {
		list = append(list, p.results[node]...)
	}
	return list
}

// show says how far it is: on one line that is overwritten, or on one line for each change.
func (p *progress) show() error {
	if p.quiet {
		return nil
	}
	got, total := 0, 0
	var missing []string
	for _, r := range p.all() {
		switch {
		case r.Result.skipped() || r.Result == unable:
			continue
		case r.Result == received:
			got++
		case !r.final():
			missing = append(missing, strings.TrimSpace(r.Node+" "+r.Format))
		}
		total++
	}
	line := fmt.Sprintf("  records received: %d of %d", got, total)
	if len(missing) > 0 {
		line += "; waiting for " + strings.Join(printable.Lines(missing[:min(3, len(missing))]), ", ")
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

// onlyPaused reports whether nothing was verified because all nodes are paused, apart from those on which nothing is to be
// exported.
func onlyPaused(all []result) bool {
	return slices.ContainsFunc(all, func(r result) bool { return r.Result == paused }) &&
		!slices.ContainsFunc(all, func(r result) bool { return !r.Result.skipped() })
}

// result prints the results, and fails if one of them is not as it should be.
func (p *progress) result() error {
	all := p.all()
	good := len(all) > 0 && !onlyPaused(all) && !slices.ContainsFunc(all, func(r result) bool { return !r.Result.good() })
	if err := p.print(all); err != nil {
		return err
	}
	if !good {
		return exit.With(exit.Negative)
	}
	return nil
}

func (p *progress) print(all []result) error {
	if p.quiet {
		return output.JSON(p.to.out, verificationReport{output.Of("VerificationReport"), all})
	}
	if p.to.isTerminal() {
		fmt.Fprintln(p.to.out)
	}
	fmt.Fprintln(p.to.out)
	t := tabwriter.NewWriter(p.to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NODE\tFORMAT\tDATAGRAMS\tRECORDS\tRESULT")
	for _, r := range all {
		format := r.Format
		if format == "" {
			format = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\n", printable.Line(r.Node), printable.Line(format), r.Datagrams, r.Records, printable.Line(r.text()))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	if onlyPaused(all) {
		fmt.Fprintln(p.to.out, "\nNothing was verified: an agent that is paused or observes can't add a collector.")
	}
	if slices.ContainsFunc(all, func(r result) bool { return r.Result == noDatagrams }) {
		fmt.Fprintln(p.to.out, "\nNo datagrams means that there was no traffic in this time, or that Open vSwitch does not\nexport: see \"kubectl sluice status -o wide\".")
	}
	return nil
}
