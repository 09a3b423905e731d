package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
)

// errNotWell says that something is not as it should be, which was printed already.
var errNotWell = errors.New("not well")

// terminal is where the commands write to.
type terminal struct {
	out        io.Writer
	isTerminal bool
	noColour   bool
}

// colour decides whether to paint: auto, always or never.
func (t terminal) colour(when string) (bool, error) {
	switch when {
	case "auto":
		return t.isTerminal && !t.noColour, nil
	case "always":
		return true, nil
	case "never":
		return false, nil
	}
	return false, fmt.Errorf("--color: %q is unknown; choose auto, always or never", when)
}

func newRootCommand(name string, to terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-sluice",
		Short: "What the nodes of a cluster export, and whether it works",
		Long: `What the nodes of a cluster export as NetFlow, sFlow and IPFIX, whether records really
leave, and what would change.

Exit status: 0 if all is well, 1 if something is not (or, with "plan --exit-code", if
something would change), 2 if the question can't be answered.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: name},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	overrides := &clientcmd.ConfigOverrides{}
	flags := root.PersistentFlags()
	flags.StringVar(&rules.ExplicitPath, "kubeconfig", "", "kubeconfig file to use")
	clientcmd.BindOverrideFlags(overrides, flags, clientcmd.RecommendedConfigOverrideFlags(""))
	config := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	access := func() (*access, error) { return newAccess(config) }
	root.AddCommand(
		newStatusCommand(access, to, time.Now), newVerifyCommand(access, to, time.Now),
		newPlanCommand(access, to), newDoctorCommand(access, to, time.Now), newVersionCommand(to),
	)
	return root
}

func newVersionCommand(to terminal) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(to.out, version)
			return err
		},
	}
}
