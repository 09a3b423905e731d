package main

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"sluice/cmd/internal/suggest"
	"sluice/cmd/internal/terminal"
	versioncommand "sluice/cmd/internal/version"
)

// screen is where the commands print.
type screen struct {
	out    io.Writer
	getenv func(string) string
}

func (s screen) isTerminal() bool { return terminal.Is(s.out) }

// size is the width and height of the terminal; 0 if there is none.
func (s screen) size() (width, height int) {
	file, ok := s.out.(*os.File)
	if !ok || !terminal.Is(file) {
		return 0, 0
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, 0
	}
	return width, height
}

func newRootCommand(name string, to screen) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-sluice",
		Short: "Show and check how the nodes of a cluster export flow records",
		Long: `Show what the nodes of a cluster export as NetFlow, sFlow and IPFIX, verify that records
are sent, and show what would change.

Exit status: 0 for success, 1 if there are problems (or, with "plan --exit-code", if
something would change), 2 if the question can't be answered.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: name},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	overrides := &clientcmd.ConfigOverrides{}
	flags := root.PersistentFlags()
	flags.StringVar(&rules.ExplicitPath, "kubeconfig", "", "path to the kubeconfig file")
	clientcmd.BindOverrideFlags(overrides, flags, clientcmd.RecommendedConfigOverrideFlags(""))
	config := chosen{clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides), overrides}
	var opened *access
	open := func() (*access, error) {
		a, err := newAccess(config, time.Now)
		opened = a
		return a, err
	}
	root.AddCommand(
		newStatusCommand(open, to), newVerifyCommand(open, to),
		newPoliciesCommand(open, to), newPlanCommand(open, to), newDoctorCommand(open, to), newGatherCommand(open, to, time.Now), newRunbookCommand(to), newUICommand(name, config, open, to), newOptionsCommand(to), versioncommand.Command(name, version),
	)
	withoutGlobalFlags(root)
	explaining(root.Commands(), func() *access { return opened })
	return suggest.Usage(versioncommand.Flag(root, version))
}

// chosen is a configuration that names the context that the flags choose. RawConfig of client-go names
// the one of the file.
type chosen struct {
	loaded
	overrides *clientcmd.ConfigOverrides
}

// loaded has another name than its method.
type loaded interface{ clientcmd.ClientConfig }

// RawConfig is the merged kubeconfig with the context that is used.
func (c chosen) RawConfig() (clientcmdapi.Config, error) {
	raw, err := c.loaded.RawConfig()
	if c.overrides.CurrentContext != "" {
		raw.CurrentContext = c.overrides.CurrentContext
	}
	return raw, err
}
