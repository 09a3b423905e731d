// Command sluice checks lists of network flow collectors, and policies for them, before they
// reach a cluster.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sluice/cmd/internal/exit"
)

// The linker sets the version, and the URL of the project if it has one.
var (
	version    = "devel"
	projectURL = ""
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := newRootCommand(os.Getenv).ExecuteContext(ctx)
	stop()
	os.Exit(exit.Status(err, "sluice", os.Stderr))
}
