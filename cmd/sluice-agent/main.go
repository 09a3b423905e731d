// Command sluice-agent runs on each node and applies the accepted lists of collectors to its
// Open vSwitch. It is a program of its own because there is one on every node: what the
// webhook needs would double its memory.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sluice/cmd/internal/exit"
)

// version is the release; the linker sets it.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := newCommand(os.Getenv).ExecuteContext(ctx)
	stop()
	os.Exit(exit.Status(err, "sluice-agent", os.Stderr))
}
