// Command kubectl-sluice is a plugin of kubectl and oc: what the nodes export, whether
// records really leave, and what would change.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// version is the release; the linker sets it.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	root := newRootCommand(programName(os.Args[0]), terminal{
		out: os.Stdout, isTerminal: isTerminal(os.Stdout), noColour: os.Getenv("NO_COLOR") != "",
	})
	err := root.ExecuteContext(ctx)
	stop()
	os.Exit(exitCode(err))
}

// programName is how the user calls the plugin: oc runs it under the name oc-sluice.
func programName(path string) string {
	if name := filepath.Base(path); strings.HasPrefix(name, "oc-") {
		return "oc sluice"
	}
	return "kubectl sluice"
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// exitCode prints an error, and chooses the status: 1 if what was looked at is not as it
// should be, 2 if the question can't be answered.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if errors.Is(err, errNotWell) {
		return 1
	}
	fmt.Fprintln(os.Stderr, "error: "+err.Error())
	return 2
}
