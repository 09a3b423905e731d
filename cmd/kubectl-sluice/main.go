// Command kubectl-sluice is a plugin of kubectl and oc: what the nodes export, whether
// records really leave, and what would change.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
)

// version is the release; the linker sets it.
var version = "devel"

// completer is the name under which kubectl and oc ask a plugin for completions. It is a link to
// the plugin, and its arguments are those of the plugin so far.
const completer = "kubectl_complete-sluice"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	name := programName(os.Args[0])
	root := newRootCommand(name, screen{out: os.Stdout, getenv: os.Getenv})
	if filepath.Base(os.Args[0]) == completer {
		root.SetArgs(append([]string{cobra.ShellCompRequestCmd}, os.Args[1:]...))
	}
	err := root.ExecuteContext(ctx)
	stop()
	os.Exit(exit.Status(err, name, os.Stderr))
}

// programName is how the user calls the plugin: oc runs it under the name oc-sluice.
func programName(path string) string {
	if name := filepath.Base(path); strings.HasPrefix(name, "oc-") {
		return "oc sluice"
	}
	return "kubectl sluice"
}
