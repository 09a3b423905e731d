// Command sluice checks lists of network flow collectors, and the policies about them, before
// they reach a cluster.
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
	err := newRootCommand(os.Getenv).ExecuteContext(ctx)
	stop()
	os.Exit(exit.Status(err, "sluice", os.Stderr))
}
