package replicas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
	"sluice/webhook/registration"
)

// ErrNoNamespaces means that the user can't create network namespaces.
var ErrNoNamespaces = errors.New("replicas need network namespaces, which only root can create")

// Options are the options of a Set.
type Options struct {
	// Program is the path of sluice-webhook.
	Program string
	// Arguments are those of the replicas' container, Controller those of the controller's.
	Arguments, Controller []string
	// Log receives the logs of the replicas.
	Log io.Writer
}

// Set is a number of replicas behind the Service sluice-webhook, and their controller.
type Set struct {
	control    *cluster.ControlPlane
	controller *cluster.Controller
	options    Options
	client     kubernetes.Interface
	network    *node.Network
	kubeconfig string
	readiness  *corev1.Probe
	stop       context.CancelFunc
	kept       chan struct{}

	mu       sync.Mutex
	last     int
	replicas []*Replica
}

// Start creates the network and starts to update the EndpointSlice. The manifests, with the Service and
// the account, must be installed before.
func Start(ctx context.Context, c *cluster.ControlPlane, o Options) (*Set, error) {
	network, err := node.StartNetwork(ctx, node.NetworkOptions{})
	if err != nil {
		return nil, err
	}
	if !network.Isolated() {
		return nil, errors.Join(ErrNoNamespaces, network.Stop())
	}
	running, stop := context.WithCancel(context.Background())
	s := &Set{control: c, options: o, network: network, stop: stop, kept: make(chan struct{}), last: 9}
	server, err := c.Expose(running, network.HostAddress())
	if err == nil {
		s.kubeconfig, err = c.WebhookKubeconfigFor(ctx, server.Address)
	}
	if err == nil {
		s.client, err = kubernetes.NewForConfig(c.Config)
	}
	if err == nil {
		s.readiness, err = s.probeOfManifests(ctx)
	}
	if err == nil {
		err = s.StartController(ctx)
	}
	if err != nil {
		close(s.kept)
		return nil, errors.Join(err, s.Close())
	}
	go s.keep(running)
	return s, nil
}

// probeOfManifests is the readiness probe in the installed manifests.
func (s *Set) probeOfManifests(ctx context.Context) (*corev1.Probe, error) {
	d, err := s.client.AppsV1().Deployments(cluster.SystemNamespace).Get(ctx, "sluice-webhook", metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read the readiness probe: %w", err)
	}
	return d.Spec.Template.Spec.Containers[0].ReadinessProbe, nil
}

// Update changes the arguments of the replicas that are added later, like a change of the Deployment,
// and replaces the controller.
func (s *Set) Update(ctx context.Context, arguments, controller []string) error {
	s.mu.Lock()
	s.options.Arguments, s.options.Controller = arguments, controller
	s.mu.Unlock()
	if err := s.StopController(); err != nil {
		return err
	}
	return s.StartController(ctx)
}

// StartController starts the controller, and waits until it is ready.
func (s *Set) StartController(ctx context.Context) (err error) {
	s.controller, err = s.control.StartController(ctx, s.options.Program, s.options.Controller, s.options.Log)
	return err
}

// StopController ends the controller, if it runs.
func (s *Set) StopController() error {
	if s.controller == nil {
		return nil
	}
	err := s.controller.Stop()
	s.controller = nil
	return err
}

// Add starts a replica and waits until the EndpointSlice names it.
func (s *Set) Add(ctx context.Context, flags ...string) (*Replica, error) {
	s.mu.Lock()
	s.last++
	number, arguments := s.last, s.options.Arguments
	s.mu.Unlock()
	address, err := s.network.AddServerAddress(ctx, number)
	if err != nil {
		return nil, err
	}
	args := slices.Concat(withAddress(address, arguments), []string{"--kubeconfig=" + s.kubeconfig}, flags)
	//nolint:contextcheck // it outlives the call; Close ends it
	cmd := s.network.Command(context.Background(), s.options.Program, args...)
	cmd.Env = append(os.Environ(), "POD_NAMESPACE="+cluster.SystemNamespace)
	r, err := start(cmd, address, s.options.Log)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.replicas = append(s.replicas, r)
	s.mu.Unlock()
	return r, nodes.Wait(ctx, time.Minute, func(context.Context) string {
		if r.ended() {
			return fmt.Sprintf("the replica ended: %v", r.err)
		}
		if !r.ready.Load() {
			return "the replica is not ready"
		}
		return s.inactive(ctx)
	})
}

// inactive says so if API servers do not call the webhook yet: the controller makes them a moment after
// the first replica is ready. They never do without webhook configurations or a controller.
func (s *Set) inactive(ctx context.Context) string {
	if s.controller == nil {
		return ""
	}
	api := s.client.AdmissionregistrationV1()
	mutating, err := api.MutatingWebhookConfigurations().Get(ctx, registration.Name, metav1.GetOptions{})
	if err != nil {
		return ""
	}
	validating, err := api.ValidatingWebhookConfigurations().Get(ctx, registration.Name, metav1.GetOptions{})
	if err != nil {
		return ""
	}
	for _, w := range mutating.Webhooks {
		if len(w.Rules) == 0 {
			return w.Name + " has no rules"
		}
	}
	for _, w := range validating.Webhooks {
		if len(w.Rules) == 0 {
			return w.Name + " has no rules"
		}
	}
	return ""
}

// withAddress returns the arguments of the container with the addresses of the replica, as in a pod.
func withAddress(address string, arguments []string) []string {
	var args []string
	for _, a := range arguments {
		if name, _, _ := strings.Cut(a, "="); name != "--bind" && name != "--health-bind" && name != "--metrics-bind" {
			args = append(args, a)
		}
	}
	return append(args,
		fmt.Sprintf("--bind=%s:%d", address, reviewPort),
		fmt.Sprintf("--health-bind=%s:%d", address, healthPort),
		fmt.Sprintf("--metrics-bind=%s:%d", address, metricsPort))
}

// Close stops all replicas and the controller, and removes the network.
func (s *Set) Close() error {
	s.mu.Lock()
	list := slices.Clone(s.replicas)
	s.mu.Unlock()
	for _, r := range list {
		r.Kill()
	}
	err := s.StopController()
	s.stop()
	<-s.kept
	return errors.Join(err, s.network.Stop())
}

// keep probes the replicas, and writes the EndpointSlice after a change.
func (s *Set) keep(ctx context.Context) {
	defer close(s.kept)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	written := "nothing"
	for {
		s.mu.Lock()
		list := slices.Clone(s.replicas)
		s.mu.Unlock()
		var ready []string
		answers := make([]bool, len(list))
		for i, r := range list {
			if answers[i] = r.probe(ctx, s.readiness); answers[i] {
				ready = append(ready, r.Address)
			}
		}
		if now := strings.Join(ready, " "); now != written && s.write(ctx, ready) == nil {
			written = now
		}
		for i, r := range list {
			r.ready.Store(answers[i] && slices.Contains(strings.Fields(written), r.Address))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// write stores the EndpointSlice and the Endpoints of the Service. API servers up to 1.33 look for the
// Endpoints, newer ones for the EndpointSlice. The caller retries after an error.
func (s *Set) write(ctx context.Context, ready []string) error {
	return errors.Join(s.writeSlice(ctx, ready), s.writeEndpoints(ctx, ready))
}

//nolint:staticcheck // Endpoints are deprecated, but older API servers read nothing else
func (s *Set) writeEndpoints(ctx context.Context, ready []string) error {
	endpoints := &corev1.Endpoints{ObjectMeta: metav1.ObjectMeta{
		Name: "sluice-webhook", Namespace: cluster.SystemNamespace,
		// No controller is to make another EndpointSlice of them.
		Labels: map[string]string{discoveryv1.LabelSkipMirror: "true"},
	}}
	if len(ready) > 0 {
		subset := corev1.EndpointSubset{Ports: []corev1.EndpointPort{{Name: "reviews", Port: reviewPort, Protocol: corev1.ProtocolTCP}}}
		for _, a := range ready {
			subset.Addresses = append(subset.Addresses, corev1.EndpointAddress{IP: a})
		}
		endpoints.Subsets = []corev1.EndpointSubset{subset}
	}
	api := s.client.CoreV1().Endpoints(cluster.SystemNamespace)
	if _, err := api.Update(ctx, endpoints, metav1.UpdateOptions{}); err == nil {
		return nil
	}
	_, err := api.Create(ctx, endpoints, metav1.CreateOptions{})
	return err
}

func (s *Set) writeSlice(ctx context.Context, ready []string) error {
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: "sluice-webhook-test", Namespace: cluster.SystemNamespace,
			Labels: map[string]string{discoveryv1.LabelServiceName: "sluice-webhook"},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: new("reviews"), Port: new(int32(reviewPort)), Protocol: new(corev1.ProtocolTCP)}},
	}
	for _, a := range ready {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{a}, Conditions: discoveryv1.EndpointConditions{Ready: new(true)}})
	}
	api := s.client.DiscoveryV1().EndpointSlices(cluster.SystemNamespace)
	if _, err := api.Update(ctx, slice, metav1.UpdateOptions{}); err == nil {
		return nil
	}
	_, err := api.Create(ctx, slice, metav1.CreateOptions{})
	return err
}
