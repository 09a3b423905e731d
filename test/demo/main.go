// Command demo shows what Sluice does, with a real API server. It sends each list of collectors to
// a cluster without Sluice, and then to a cluster with Sluice. It compares every answer with the
// expected one, and ends with status 1 if one differs.
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
	// If the reader of the output ends early, like "head", the clusters must still be stopped.
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
