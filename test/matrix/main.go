// Command matrix runs end-to-end suites on each supported release of Kubernetes, and writes what came
// out of them as a table into a page, between two markers. Lines of the table about a release or a
// suite that was not run stay as they are.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	page := flag.String("o", "", "page to write the table into (default: print the table)")
	releases := flag.String("releases", "", "releases to run, separated by commas (default: all)")
	suites := flag.String("suites", strings.Join(allSuites(), ","), "suites to run, separated by commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, *page, list(*releases), list(*suites))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

// run runs the suites, one after the other, so that each has the machine for itself. It writes the
// table after each suite: a run of all takes hours.
func run(ctx context.Context, page string, chosen, suites []string) error {
	known, err := releases(ctx)
	if err != nil {
		return err
	}
	if chosen == nil {
		chosen = known
	}
	var failed []string
	for _, release := range chosen {
		if err := build(ctx, release, known); err != nil {
			return err
		}
		for _, suite := range suites {
			fmt.Fprintf(os.Stderr, "Kubernetes %s, %s\n", release, suite)
			l, err := runSuite(ctx, release, suite, known)
			if err != nil {
				return err
			}
			if l.Result != passed {
				failed = append(failed, release+" "+suite)
			}
			if err := write(page, l); err != nil {
				return err
			}
		}
	}
	if failed != nil {
		return fmt.Errorf("failed: %s", strings.Join(failed, ", "))
	}
	return nil
}

// write updates one line of the table of a page, or prints it.
func write(page string, l line) error {
	if page == "" {
		fmt.Print(table([]line{l}))
		return nil
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	changed, err := update(string(text), l)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(changed), 0o644)
}
