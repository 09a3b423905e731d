package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"
)

// bench collects results.
type bench struct {
	dir string
	// webhook, program and agent are the paths of sluice-webhook, sluice and sluice-agent.
	webhook, program, agent string
	options

	rows []row
}

// options say how much to measure.
type options struct {
	// agents is how many simulated nodes the scale is measured with.
	agents int
	// short measures once in place of several rounds.
	short bool
}

// rounds is how often to measure what is interleaved.
func (o options) rounds() int {
	if o.short {
		return 1
	}
	return 5
}

// row is one measured value and what it is compared with.
type row struct {
	what, baseline, measured, ratio, target string
	met                                     bool
}

// progress prints what is being measured.
func (b *bench) progress(what string) { fmt.Fprintln(os.Stderr, "measuring", what) }

func (b *bench) add(r row) { b.rows = append(b.rows, r) }

// write renders the page.
func (b *bench) write(to io.Writer) {
	fmt.Fprintf(to, `# Benchmarks

Written by `+"`make bench`"+` on %d cores (%s/%s, %s). Only ratios within this one run mean
something; the machine was shared. Times are p50 unless the row says otherwise.

| what | baseline | Sluice | ratio | target | met |
|---|---|---|---|---|---|
`, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	for _, r := range b.rows {
		met := "yes"
		if !r.met {
			met = "**no**"
		}
		if r.target == "" {
			met = ""
		}
		fmt.Fprintf(to, "| %s | %s | %s | %s | %s | %s |\n", r.what, r.baseline, r.measured, r.ratio, r.target, met)
	}
}

// median sorts the samples.
func median(samples []time.Duration) time.Duration {
	slices.Sort(samples)
	return samples[len(samples)/2]
}

func micros(d time.Duration) string { return fmt.Sprintf("%.0f µs", float64(d.Nanoseconds())/1e3) }
func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Nanoseconds())/1e6) }
