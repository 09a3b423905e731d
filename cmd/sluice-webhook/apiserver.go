package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"sluice/internal/informer"
	informermetrics "sluice/internal/informer/metrics"
	"sluice/internal/kube"
	"sluice/webhook/registration"
)

// apiServerFlags say how the webhook connects to the API server.
type apiServerFlags struct {
	kubeconfig, server, namespace string
	staleAfter                    time.Duration
}

func (f *apiServerFlags) register(flags *pflag.FlagSet, getenv func(string) string) {
	namespace := getenv("POD_NAMESPACE")
	if namespace == "" {
		namespace = "sluice-system"
	}
	flags.StringVar(&f.kubeconfig, "kubeconfig", getenv("KUBECONFIG"), "kubeconfig file; a pod uses its service account (env KUBECONFIG)")
	flags.StringVar(&f.server, "api-server", "", "host:port of the API server to use instead of the kubernetes Service. Its certificate must be valid for "+serviceName+". On a control-plane node, 127.0.0.1:6443 works without the pod network")
	flags.StringVar(&f.namespace, "namespace", namespace, "namespace of the Lease of the controller, and of the Secret of --certs=managed (env POD_NAMESPACE)")
	flags.DurationVar(&f.staleAfter, "stale-after", defaultStaleAfter, "how long the API server may be silent before this process considers what it read as stale: it is then not ready and reviews no change. Watches are renewed three times as often")
}

// defaultStaleAfter is the limit of staleness. It bounds how long a replica that is cut off from the
// API server judges by policies that may have changed. It must not be shorter than an interruption
// that heals by itself, because changes of the lists are rejected when it is reached: an API server
// that restarts, or a load balancer that replaces it, is back within one to two minutes. Three
// minutes are three renewals of a watch, a minute each, so that a single lost connection does not
// count, and cost one request a minute for each watch.
const defaultStaleAfter = 3 * time.Minute

// The range of --stale-after. Below, the renewals would be so frequent that an API server that is
// slow for a moment counts as silent.
const (
	minStaleAfter = 6 * time.Second
	maxStaleAfter = time.Hour
)

// refreshes is how many renewals of a watch must fail before what it told is stale.
const refreshes = 3

// serviceName is a name for which the certificates of all API servers are valid.
const serviceName = "kubernetes.default.svc"

// check rejects an address that is not host:port, and a limit out of range.
func (f *apiServerFlags) check() error {
	if f.staleAfter < minStaleAfter || f.staleAfter > maxStaleAfter {
		return fmt.Errorf("--stale-after: %s is not between %s and %s", f.staleAfter, minStaleAfter, maxStaleAfter)
	}
	if f.server == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(f.server)
	if err != nil {
		return fmt.Errorf("--api-server: %w; write host:port, for example 127.0.0.1:6443", err)
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 || host == "" {
		return fmt.Errorf("--api-server: %q is not an address; write host:port, for example 127.0.0.1:6443", f.server)
	}
	return nil
}

// apiServer is the access to the API server. It is nil if the flags need none.
type apiServer struct {
	config       *rest.Config
	dynamic      dynamic.Interface
	client       kubernetes.Interface
	registration *registration.Watch
	namespace    string
	// staleAfter is how long the API server may be silent, and watching what all watches have in
	// common. silence is their metric.
	staleAfter time.Duration
	watching   []informer.Option
	silence    *informermetrics.Silence
	// serving returns the serving certificate with its intermediates; empty without one.
	serving func() []*x509.Certificate
}

func (f *apiServerFlags) open(role role, target registration.Target, log logr.Logger) (*apiServer, error) {
	config, err := clientcmd.BuildConfigFromFlags("", f.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("no access to the API server, which stores the policies and the certificate authority: %w; set --kubeconfig, run in a pod with a service account, or set --role=serve, --policies=off and --certs=files", err)
	}
	config.UserAgent = "sluice-webhook"
	if role == control {
		config.UserAgent = "sluice-controller"
	}
	// The API server limits requests by its own priorities. The client's default of 5 a second would delay
	// the revocation of many FlowExports by minutes.
	config.QPS = -1
	if f.server != "" {
		config.Host, config.ServerName = "https://"+f.server, serviceName
	}
	api := &apiServer{config: config, namespace: f.namespace, staleAfter: f.staleAfter, silence: informermetrics.NewSilence()}
	api.watching = []informer.Option{informer.Refresh(f.staleAfter / refreshes), informer.Measure(api.silence.Add)}
	api.serving = func() []*x509.Certificate { return nil }
	if api.dynamic, err = kube.NewClient(config); err != nil {
		return nil, fmt.Errorf("no access to the API server: %w", err)
	}
	if api.client, err = kubernetes.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("no access to the API server: %w", err)
	}
	api.registration, err = registration.NewWatch(registration.Config{
		Client: api.dynamic, Target: target, Serving: func() []*x509.Certificate { return api.serving() },
		Limit: f.staleAfter, Options: api.watching, Now: time.Now, Log: log,
	})
	return api, err
}

// watchUntil watches the registration of the webhook until ctx ends.
func (a *apiServer) watchUntil(ctx context.Context) error {
	if a == nil {
		return nil
	}
	return a.registration.Run(ctx)
}
