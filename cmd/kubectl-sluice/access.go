package main

import (
	"context"
	"fmt"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	apiversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/transport"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
	"sluice/validation"
)

// queriesPerSecond is the rate of requests to the API server: verify sends four for each node.
const queriesPerSecond = 100

// access reads a cluster.
type access struct {
	kube.Reader
	// now is the API server's time.
	now func() time.Time
	// ahead is how far the API server's clock is ahead of this machine's.
	ahead func() time.Duration
	// timed lets the answers to other clients tell the API server's time, too.
	timed transport.WrapperFunc
	// context and server name the cluster, as the kubeconfig does.
	context, server string
	// namespace is the one that the flags name; "" if they name none.
	namespace string
	// metrics reads the metrics of the API server, and version its version.
	metrics func(context.Context) (string, error)
	version func() (*apiversion.Info, error)
	// logs reads the last lines of the log of a container.
	logs func(ctx context.Context, namespace, pod, container string, previous bool) ([]byte, error)
}

func newAccess(config clientcmd.ClientConfig, local func() time.Time) (*access, error) {
	found, err := config.ClientConfig()
	if err != nil {
		return nil, noAccess(config, err)
	}
	found.UserAgent = "kubectl-sluice"
	found.QPS, found.Burst = queriesPerSecond, queriesPerSecond
	// The dry run of doctor provokes warnings, of the webhook too, which are about no change of the user.
	found.WarningHandler, found.WarningHandlerWithContext = rest.NoWarnings{}, nil
	clock := kube.NewClock(local)
	found.Wrap(clock.Wrap)
	client, err := kube.NewClient(found)
	if err != nil {
		return nil, fmt.Errorf("no access to a cluster: %w", err)
	}
	raw, err := discovery.NewDiscoveryClientForConfig(found)
	if err != nil {
		return nil, fmt.Errorf("no access to a cluster: %w", err)
	}
	metrics := func(ctx context.Context) (string, error) {
		text, err := read(ctx, raw.RESTClient().Get().AbsPath("/metrics"), mostMetrics)
		return string(text), err
	}
	where, err := placeOf(config)
	if err != nil {
		return nil, err
	}
	logs := func(ctx context.Context, namespace, pod, container string, previous bool) ([]byte, error) {
		request := raw.RESTClient().Get().AbsPath("/api/v1/namespaces", namespace, "pods", pod, "log").Param("container", container).Param("tailLines", "2000")
		if previous {
			request = request.Param("previous", "true")
		}
		return read(ctx, request, mostLog)
	}
	namespace, named, err := config.Namespace()
	if err != nil {
		return nil, fmt.Errorf("no access to a cluster: %w", err)
	}
	if !named {
		namespace = "" // that of the context is not meant
	}
	return &access{
		Reader: kube.Reader{Client: client}, now: clock.Now, ahead: clock.Offset, timed: clock.Wrap, namespace: namespace, context: where.context, server: hostOf(found), metrics: metrics, version: raw.ServerVersion, logs: logs,
	}, nil
}

// The most bytes to read of the metrics of an API server, and of a log.
const (
	mostMetrics = 256 << 20
	mostLog     = 32 << 20
)

// read reads a text that is no object. In contrast to DoRaw of client-go, its error says what the API server
// answered.
func read(ctx context.Context, request *rest.Request, most int64) ([]byte, error) {
	stream, err := request.Stream(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	text, err := io.ReadAll(io.LimitReader(stream, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case int64(len(text)) > most:
		return nil, fmt.Errorf("the answer has more than %d MiB", most>>20)
	}
	return text, nil
}

// cluster reads what a status is made from.
func (a *access) cluster(ctx context.Context) (status.Cluster, error) {
	var c status.Cluster
	exports, err := a.List(ctx, kube.NodeFlowExports(), "")
	if err != nil {
		return c, err
	}
	for i := range exports {
		n, err := readExport(&exports[i])
		if err != nil {
			return c, err
		}
		c.Exports = append(c.Exports, n)
	}
	u, err := a.Network(ctx)
	if err != nil {
		return c, err
	}
	if err := setNetwork(&c, u); err != nil {
		return c, err
	}
	if err := a.objects(ctx, &c); err != nil {
		return c, err
	}
	if err := a.nodes(ctx, &c); err != nil {
		return c, err
	}
	return c, a.heartbeats(ctx, &c)
}

// heartbeats reads the agents' Leases. If that is forbidden, the cluster says so.
func (a *access) heartbeats(ctx context.Context, c *status.Cluster) error {
	found, err := a.List(ctx, kube.Leases(), v1alpha1.AgentNamespace)
	c.Now, c.Heartbeats, c.LivenessUnknown = a.now(), map[string]status.Heartbeat{}, ""
	if apierrors.IsForbidden(err) {
		c.LivenessUnknown = err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	for _, u := range found {
		if err := addHeartbeat(c, u); err != nil {
			return err
		}
	}
	return nil
}

// addHeartbeat adds what a Lease says.
func addHeartbeat(c *status.Cluster, u unstructured.Unstructured) error {
	r, renewed, err := kube.ReadRenewal(&u)
	if renewed {
		c.Heartbeats[u.GetName()] = status.Heartbeat{Renewed: r.At, Ahead: r.Ahead, Duration: r.Duration}
	}
	return err
}

func setNetwork(c *status.Cluster, u *unstructured.Unstructured) error {
	if u == nil {
		c.Generation, c.NetworkUID, c.Desired, c.Malformed = 0, "", validation.Flows{}, nil
		return nil
	}
	n, err := desired.ReadNetwork(u)
	if err != nil {
		return err
	}
	c.Generation, c.NetworkUID = n.Generation, n.UID
	review := validation.Review(validation.Input{Operation: validation.Create, Object: n.Object, Options: validation.Options{IPv6: true}})
	c.Desired, c.Malformed = review.Flows, review.Errors
	return nil
}

func readExport(u *unstructured.Unstructured) (v1alpha1.NodeFlowExport, error) {
	var n v1alpha1.NodeFlowExport
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &n); err != nil {
		return n, fmt.Errorf("read NodeFlowExport %s: %w", u.GetName(), err)
	}
	return n, nil
}

// reporting are the nodes with a report, all or those that were named.
func reporting(c status.Cluster, named []string) ([]string, error) {
	reports := map[string]bool{}
	var names []string
	for _, n := range c.Exports {
		reports[n.Name] = true
		names = append(names, n.Name)
	}
	for _, name := range named {
		switch {
		case reports[name]:
		case c.Missing(name):
			return nil, fmt.Errorf("there is no Node %s; \"kubectl get nodes\" lists them", name)
		default:
			return nil, fmt.Errorf("node %s has no NodeFlowExport; is the agent running there?", name)
		}
	}
	if len(names) == 0 {
		return nil, noReports{}
	}
	return names, nil
}

// noReports says that there is no NodeFlowExport: the agents are an optional part.
type noReports struct{}

func (noReports) Error() string { return "no node has a NodeFlowExport; are the agents running?" }
