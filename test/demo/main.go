// Command demo shows what Sluice does, on a real API server: each list of collectors goes
// to a cluster without Sluice first, and to one with Sluice then. It compares every answer
// with what it should be, and ends with status 1 if one differs.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// A reader that goes away (as "head" does) must not keep the clusters from being stopped.
	signal.Ignore(syscall.SIGPIPE)
	start := time.Now()
	narrator := newNarrator(os.Stdout, isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "", stop)
	err := run(ctx, narrator)
	stop()
	narrator.summary(time.Since(start))
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
	if narrator.failed > 0 {
		os.Exit(1)
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
