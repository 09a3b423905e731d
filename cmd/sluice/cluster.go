package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"sluice/internal/kube"
	"sluice/validation/policy"
)

// clusterFlags say which cluster to read from, if any.
type clusterFlags struct {
	enabled             bool
	kubeconfig, context string
}

func (f *clusterFlags) register(flags *pflag.FlagSet, what string) {
	flags.BoolVar(&f.enabled, "from-cluster", false, what)
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig file for --from-cluster (default: the same as kubectl)")
	flags.StringVar(&f.context, "context", "", "kubeconfig context for --from-cluster (default: the current context)")
}

func (f *clusterFlags) check() error {
	if !f.enabled && (f.kubeconfig != "" || f.context != "") {
		return errors.New("--kubeconfig and --context need --from-cluster")
	}
	return nil
}

func (f *clusterFlags) open() (*kube.Cluster, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules,
		&clientcmd.ConfigOverrides{CurrentContext: f.context, ClusterInfo: clientcmdapi.Cluster{}}).ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, errors.New("--from-cluster: no kubeconfig found; name one with --kubeconfig, or run oc login")
	}
	if err != nil {
		return nil, fmt.Errorf("--from-cluster: no access to a cluster: %w", err)
	}
	config.UserAgent = "sluice"
	return kube.New(config)
}

// policies reads the policies of the cluster, and reports on stderr those that can't be read.
func (f *clusterFlags) policies(ctx context.Context, c *kube.Cluster, stderr io.Writer) ([]policy.Policy, error) {
	list, err := c.Policies(ctx)
	if errors.Is(err, kube.ErrNoPolicies) {
		_, _ = fmt.Fprintf(stderr, "sluice: %v\n", err)
		return nil, nil
	}
	if apierrors.IsForbidden(err) {
		return nil, mayNotRead(ctx, c, err)
	}
	for _, p := range list {
		if p.Fault != "" {
			_, _ = fmt.Fprintf(stderr, "sluice: policy %s can't be read, so it is evaluated as if no collector could be added: %s; its status says which generation is in force\n", p.Name, p.Fault)
		}
	}
	return list, err
}
