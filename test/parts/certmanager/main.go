// Command certmanager runs the parts of cert-manager that a webhook's certificate from a CA
// needs: the controllers of Issuers, CertificateRequests and Certificates, and the
// cainjector. They are cert-manager's own, at the release that go.mod names; only the wiring
// is here, because cert-manager publishes its controllers as a Go module but not the
// programs around them. It serves nothing, so any number can run side by side.
//
// It prints "ready" once all of them run, and ends on SIGTERM. Whatever was made before that
// is found all the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"golang.org/x/sync/errgroup"
	ctrl "sigs.k8s.io/controller-runtime"
)

func main() {
	// A set of its own: controller-runtime claims the global flag of this name.
	flags := flag.NewFlagSet("certmanager", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "access to the API server")
	flags.Parse(os.Args[1:]) //nolint:errcheck // it exits on an error
	logf.InitLogs()
	defer logf.FlushLogs()
	ctrl.SetLogger(logf.Log)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, *kubeconfig); err != nil {
		fmt.Fprintln(os.Stderr, "certmanager:", err)
		logf.FlushLogs()
		os.Exit(1)
	}
}

// run ends when ctx does or when one part fails, which ends the other.
func run(ctx context.Context, kubeconfig string) error {
	if kubeconfig == "" {
		return errors.New("--kubeconfig is missing")
	}
	group, ctx := errgroup.WithContext(ctx)
	var started sync.WaitGroup
	started.Add(2)
	group.Go(func() error { return runControllers(ctx, kubeconfig, started.Done) })
	group.Go(func() error { return runInjector(ctx, kubeconfig, started.Done) })
	go func() {
		started.Wait()
		fmt.Println("ready")
	}()
	return group.Wait()
}
