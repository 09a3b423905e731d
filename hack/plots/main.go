// Command plots draws plots of the benchmarks in docs/benchmarks-applier.md, and the table of failures in
// docs/install/failure-modes.md, as SVG into a folder. The same files always give the same pictures.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	in := flag.String("benchmarks", "../../docs/benchmarks-applier.md", "the file with the results")
	failures := flag.String("failures", "../../docs/install/failure-modes.md", "the page with the table of failures")
	out := flag.String("o", "../../docs/images", "the folder for the plots")
	flag.Parse()
	if err := drawAll(*in, *failures, *out); err != nil {
		fmt.Fprintln(os.Stderr, "plots:", err)
		os.Exit(1)
	}
}

// drawAll writes each plot.
func drawAll(benchmarks, failures, folder string) error {
	data, err := os.ReadFile(benchmarks)
	if err != nil {
		return fmt.Errorf("read the results: %w", err)
	}
	rows := parse(string(data))
	for _, c := range charts() {
		svg, err := c.svg(rows)
		if err != nil {
			return fmt.Errorf("draw %s: %w", c.file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, c.file), svg, 0o644); err != nil { //nolint:gosec // a picture for everyone
			return fmt.Errorf("write the plot: %w", err)
		}
	}
	page, err := os.ReadFile(failures)
	if err != nil {
		return fmt.Errorf("read the table of failures: %w", err)
	}
	svg, err := drawMatrix(string(page))
	if err != nil {
		return fmt.Errorf("draw %s: %w", matrixFile, err)
	}
	if err := os.WriteFile(filepath.Join(folder, matrixFile), svg, 0o644); err != nil { //nolint:gosec // a picture for everyone
		return fmt.Errorf("write the table of failures: %w", err)
	}
	return nil
}
