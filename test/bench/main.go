// Command bench measures the webhook, the applier or the policies, compares the results with the
// targets, and writes a Markdown page. Each result is a ratio within one run.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"sluice/test/harness/cluster"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == noopCommand {
		if err := serveNoop(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	ctrllog.SetLogger(logr.Discard()) // of the control plane that the tests start
	output := flag.String("o", "", "file to write the results to (default: standard output)")
	what := flag.String("what", "gate", "what to measure: gate, applier, policies, tenants, datapath or scale")
	agents := flag.Int("agents", 5000, "number of simulated nodes of -what=scale")
	short := flag.Bool("short", false, "measure once in place of several rounds, to see whether everything runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, *what, *output, options{agents: *agents, short: *short})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, what, output string, o options) error {
	dir, err := os.MkdirTemp("", "sluice-bench-")
	if err != nil {
		return fmt.Errorf("create a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	webhook, err := cluster.BuildWebhook(ctx, dir)
	if err != nil {
		return err
	}
	program, err := cluster.BuildSluice(ctx, dir)
	if err != nil {
		return err
	}
	agent, err := cluster.BuildAgent(ctx, dir)
	if err != nil {
		return err
	}
	b := &bench{dir: dir, webhook: webhook, program: program, agent: agent, options: o}
	measurements := map[string][]measurement{"applier": {{"the applier", b.appliers}}, "policies": {{"policies", b.policies}}, "scale": {{"many agents", b.scales}}, "datapath": {{"the datapath", b.datapaths}}, "tenants": {{"the records of tenants", b.flowExports}}, "gate": {
		{"one review over TLS", b.reviews},
		{"start and memory", b.process},
		{"a patch through kube-apiserver", b.patches},
		{"sluice check", b.check},
	}}
	if measurements[what] == nil {
		return fmt.Errorf("-what: %q is unknown; use gate, applier, policies, tenants, datapath or scale", what)
	}
	for _, measure := range measurements[what] {
		b.progress(measure.what)
		if err := measure.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", measure.what, err)
		}
	}
	var page bytes.Buffer
	b.write(&page)
	if output == "" {
		_, err = os.Stdout.Write(page.Bytes())
		return err
	}
	return os.WriteFile(output, page.Bytes(), 0o644)
}
