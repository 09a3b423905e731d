package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"sluice/cmd/kubectl-sluice/internal/browser"
	"sluice/cmd/kubectl-sluice/internal/page/live"
	"sluice/cmd/kubectl-sluice/internal/page/serve"
	"sluice/internal/kube"
)

// uiFlags are the flags of "ui".
type uiFlags struct {
	port int
	open bool
}

func newUICommand(name string, config clientcmd.ClientConfig, open func() (*access, error), to screen) *cobra.Command {
	var f uiFlags
	command := &cobra.Command{
		Use:   "ui",
		Short: "Show the cluster in a browser",
		Long: `Serve a page on 127.0.0.1 that shows all nodes and collectors, the problems and what to do
about them, what changed, the policies, and an editor that checks lists while you type. The page
is updated on every change. It reads the cluster with your rights, and writes nothing: the editor sends
dry runs. Nothing is installed in the cluster.

The command prints a link that works once. Whenever it was used, another one is printed. The command
ends with Ctrl-C.`,
		Example: `  # Open the page in the default browser
  kubectl sluice ui --open

  # From another machine: forward the port, and open the link there
  ssh -L 8080:127.0.0.1:8080 bastion kubectl sluice ui --port 8080`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if f.port < 0 || f.port > 65535 {
				return fmt.Errorf("--port: %d is not a port; use 1 to 65535, or 0 for any free one", f.port)
			}
			a, err := open()
			if err != nil {
				return err
			}
			return f.run(command.Context(), name, config, a, to)
		},
	}
	flags := command.Flags()
	flags.IntVar(&f.port, "port", 0, "port on 127.0.0.1; 0 is any free one")
	flags.BoolVar(&f.open, "open", false, "open the page in the default browser")
	return command
}

// run serves until ctx ends.
func (f uiFlags) run(ctx context.Context, name string, config clientcmd.ClientConfig, a *access, to screen) error {
	found, err := config.ClientConfig()
	if err != nil {
		return fmt.Errorf("no access to a cluster: %w", err)
	}
	found.UserAgent = "kubectl-sluice"
	found.QPS, found.Burst = queriesPerSecond, queriesPerSecond
	found.Wrap(a.timed)
	cluster, err := kube.New(found)
	if err != nil {
		return err
	}
	where, err := placeOf(config)
	if err != nil {
		return err
	}
	feed, err := live.New(live.Options{Client: cluster.Client, Context: where.context, Server: hostOf(found), Now: time.Now, Ahead: a.ahead, Reading: a.reading()})
	if err != nil {
		return err
	}
	listener, err := serve.Listen(ctx, f.port)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	person := &person{cluster: cluster, feed: feed, editor: newEditor(name, cluster, where)}
	link := func(secret string) string { return "http://" + listener.Addr().String() + "/#k=" + secret }
	page := &serve.Page{
		Feed: feed, Check: person.check, Explain: person.explain, Doctor: a.findings,
		Linked: func(secret string) {
			fmt.Fprintf(to.out, "Opened in a browser at %s. For another browser:\n\n  %s\n\n", a.now().Format(time.TimeOnly), link(secret))
		},
	}
	first := link(page.Link())
	fmt.Fprintf(to.out, "Context %q (%s)\nOpen this link in a browser. It works once:\n\n  %s\n\nPress Ctrl-C to end.\n", where.context, hostOf(found), first)
	if f.open {
		remove, err := browser.Open(ctx, runtime.GOOS, first)
		if err != nil {
			fmt.Fprintf(to.out, "The browser can't be opened: %v. Open the link yourself.\n", err)
		} else {
			defer remove()
		}
	}
	go person.introduce(ctx)
	go feed.Run(ctx)
	return page.Serve(ctx, listener)
}

// place is the context, and the flags that select it.
type place struct {
	context string
	flags   []string
}

func placeOf(config clientcmd.ClientConfig) (place, error) {
	raw, err := config.RawConfig()
	if err != nil {
		return place{}, fmt.Errorf("no access to a cluster: %w", err)
	}
	p := place{context: raw.CurrentContext}
	if p.context != "" && len(raw.Contexts) > 1 {
		p.flags = []string{"--context=" + p.context}
	}
	return p, nil
}

// hostOf is the URL of the API server, without what a proxy may have added as a secret.
func hostOf(config *rest.Config) string {
	host, _, _ := strings.Cut(config.Host, "?")
	return strings.TrimSuffix(host, "/")
}

// reading says how objects become a status: as for "status".
func (a *access) reading() live.Reading {
	return live.Reading{Network: setNetwork, Report: readExport, Heartbeat: addHeartbeat, Profile: addProfile, FlowsConfig: setFlowsConfig, Nodes: a.placer()}
}

// findings are those of "doctor".
func (a *access) findings(ctx context.Context) []serve.Finding {
	list := []serve.Finding{}
	for _, f := range a.check(ctx) {
		list = append(list, serve.Finding{State: string(f.State), What: f.Title(), Why: f.Why, Fix: f.Do})
	}
	return list
}
