package certificates

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
	"sluice/test/harness/replicas"
	"sluice/test/harness/require"
)

var (
	shared  *cluster.ControlPlane
	program string
)

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Suite{
		Flags: func(string) ([]string, error) {
			// The API server finds the replicas by the EndpointSlice, as OpenShift's does. After a
			// restart it does not wait a minute for open watches.
			return []string{"enable-aggregator-routing=true", "request-timeout=5s"}, nil
		},
		Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
			shared = c
			if program, err = cluster.BuildWebhook(ctx, c.Dir); err != nil {
				return nil, err
			}
			return nil, c.InstallOpenShift(ctx)
		},
	})
}

// kubectl runs kubectl as the administrator.
func kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return r.Stdout
}

// arguments are those of the containers of an overlay.
type arguments struct{ webhook, controller []string }

// install applies an overlay, until the end of the test, and gives the arguments of its
// containers.
func install(t *testing.T, name string) arguments {
	t.Helper()
	o, err := shared.Overlay(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shared.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		off := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":null}}`}
		_, err := shared.Must(ctx, cluster.Command{User: cluster.Admin, Args: off})
		if err := errors.Join(err, shared.RemoveKeeping(ctx, o)); err != nil {
			t.Error(err)
		}
	})
	spec, err := o.PodSpec("Deployment", "sluice-webhook")
	if err != nil {
		t.Fatal(err)
	}
	controller, err := o.Controller()
	if err != nil {
		t.Fatal(err)
	}
	return arguments{spec.Containers[0].Args, controller}
}

// twoReplicas starts what a Deployment would. What they log goes to log.
func twoReplicas(t *testing.T, log *cluster.Log, a arguments, flags ...string) (*replicas.Set, []*replicas.Replica) {
	t.Helper()
	set, err := replicas.Start(t.Context(), shared, replicas.Options{Program: program, Arguments: append(a.webhook, flags...), Controller: a.controller, Log: log})
	if errors.Is(err, replicas.ErrNoNamespaces) {
		require.Skip(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the replicas:\n%s", unusual(log.String()))
		}
	})
	var list []*replicas.Replica
	for range 2 {
		r, err := set.Add(t.Context())
		if err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		list = append(list, r)
	}
	return set, list
}

// permitted expects that the replicas lacked no right.
func permitted(t *testing.T, log *cluster.Log) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "forbidden") {
			t.Errorf("a right is missing: %s", line)
		}
	}
}

// unusual returns a log without the lines of reviewed changes.
func unusual(log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, `"verdict":`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// guarded waits until the API server refuses what is malformed, by asking the replicas.
func guarded(t *testing.T) {
	t.Helper()
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
		t.Fatal(err)
	}
}

// serving is the certificate that a replica shows.
func serving(ctx context.Context, r *replicas.Replica) (*x509.Certificate, error) {
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // it is looked at, not trusted
	connection, err := dialer.DialContext(ctx, "tcp", r.Serving())
	if err != nil {
		return nil, fmt.Errorf("dial a replica: %w", err)
	}
	defer connection.Close()
	c, ok := connection.(*tls.Conn)
	if !ok {
		return nil, errors.New("a replica does not speak TLS")
	}
	return c.ConnectionState().PeerCertificates[0], nil
}

// eventually waits until a condition holds; the condition says what is missing.
func eventually(t *testing.T, condition func() (missing string)) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string { return condition() }); err != nil {
		t.Fatal(err)
	}
}
