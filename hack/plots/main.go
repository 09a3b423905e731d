// Command plots draws plots of the benchmarks in docs/benchmarks-applier.md, as SVG into a folder. The same file
// always gives the same plots.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	in := flag.String("benchmarks", "../../docs/benchmarks-applier.md", "the file with the results")
	out := flag.String("o", "../../docs/images", "the folder for the plots")
	flag.Parse()
	if err := drawAll(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "plots:", err)
		os.Exit(1)
	}
}

// drawAll writes each plot.
func drawAll(benchmarks, folder string) error {
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
	return nil
}
