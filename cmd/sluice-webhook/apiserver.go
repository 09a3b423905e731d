package main

import (
	"context"
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

	"sluice/webhook/registration"
)

// apiServerFlags say how the webhook connects to the API server.
type apiServerFlags struct{ kubeconfig, server, namespace string }

func (f *apiServerFlags) register(flags *pflag.FlagSet, getenv func(string) string) {
	namespace := getenv("POD_NAMESPACE")
	if namespace == "" {
		namespace = "sluice-system"
	}
	flags.StringVar(&f.kubeconfig, "kubeconfig", getenv("KUBECONFIG"), "kubeconfig file; a pod uses its service account (env KUBECONFIG)")
	flags.StringVar(&f.server, "api-server", "", "host:port of the API server to use instead of the kubernetes Service. Its certificate must be valid for "+serviceName+". On a control-plane node, 127.0.0.1:6443 works without the pod network")
	flags.StringVar(&f.namespace, "namespace", namespace, "namespace of the Lease of the elected process, and of the Secret of --certs=managed (env POD_NAMESPACE)")
}

// serviceName is a name for which the certificates of all API servers are valid.
const serviceName = "kubernetes.default.svc"

// check rejects an address that is not host:port.
func (f *apiServerFlags) check() error {
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
}

func (f *apiServerFlags) open(role role, log logr.Logger) (*apiServer, error) {
	config, err := clientcmd.BuildConfigFromFlags("", f.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("no access to the API server, which stores the policies and the certificate authority: %w; set --kubeconfig, run in a pod with a service account, or set --role=serve, --policies=off and --certs=files", err)
	}
	config.UserAgent = "sluice-webhook"
	if role == control {
		config.UserAgent = "sluice-controller"
	}
	if f.server != "" {
		config.Host, config.ServerName = "https://"+f.server, serviceName
	}
	api := &apiServer{config: config, namespace: f.namespace}
	if api.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("no access to the API server: %w", err)
	}
	if api.client, err = kubernetes.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("no access to the API server: %w", err)
	}
	api.registration, err = registration.NewWatch(api.dynamic, time.Now, log)
	return api, err
}

// watchUntil watches the registration of the webhook until ctx ends.
func (a *apiServer) watchUntil(ctx context.Context) error {
	if a == nil {
		return nil
	}
	return a.registration.Run(ctx)
}
