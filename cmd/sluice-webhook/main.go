// Command sluice-webhook serves the admission webhook for the network flow collectors of a
// cluster.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sluice/cmd/internal/exit"
)

// version is set by the linker.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := newCommand(os.Getenv).ExecuteContext(ctx)
	stop()
	os.Exit(exit.Status(err, "sluice-webhook", os.Stderr))
}
