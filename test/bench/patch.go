package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/test/harness/cluster"
)

// setup is one configuration of the API server for patches.
type setup struct {
	name    string
	install func(context.Context) error
	pid     int
	// samples of one patch at a time, and for 8 at once: patches per second.
	samples []time.Duration
	rates   []float64
	cpu     time.Duration
	patches int
}

// patches compares a patch through the real API server: bare, with a no-op pair of
// webhooks, with Sluice, and with a ValidatingAdmissionPolicy.
func (b *bench) patches(ctx context.Context) error {
	c, err := cluster.StartControlPlane(ctx, cluster.Users())
	if err != nil {
		return err
	}
	defer c.Stop() //nolint:errcheck // only the result matters
	if err := c.InstallOpenShift(ctx); err != nil {
		return err
	}
	noop, stop, err := b.startNoop(ctx)
	if err != nil {
		return err
	}
	defer stop()
	sluice, err := cluster.StartSluice(ctx, b.webhook, b.dir, io.Discard)
	if err != nil {
		return err
	}
	defer sluice.Stop() //nolint:errcheck // only the result matters
	setups := []*setup{
		{name: "bare", install: func(ctx context.Context) error { return c.Unregister(ctx) }},
		{name: "no-op pair", pid: noop.PID, install: func(ctx context.Context) error {
			if err := c.RegisterUnguarded(ctx, noop); err != nil {
				return err
			}
			return c.WaitRefused(ctx, "192.0.2.1:2055", noopProbe)
		}},
		{name: "Sluice", pid: sluice.PID, install: func(ctx context.Context) error { return c.Register(ctx, sluice) }},
		{name: "policy", install: func(ctx context.Context) error { return installPolicy(ctx, c) }},
	}
	const rounds = 6
	for range rounds {
		for _, s := range setups {
			if err := s.install(ctx); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if err := s.measure(ctx, c); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if s.name == "policy" {
				if err := removePolicy(ctx, c); err != nil {
					return err
				}
			}
		}
	}
	b.reportPatches(setups)
	return b.reportHandler(ctx, sluice)
}

// reportHandler adds the time of a patch inside Sluice, from its histogram. Between patches the
// process is idle, so caches are colder than in consecutive reviews.
func (b *bench) reportHandler(ctx context.Context, s *cluster.Sluice) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Metrics, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return fmt.Errorf("parse metrics: %w", err)
	}
	both := time.Duration(0)
	for _, m := range families["sluice_admission_duration_seconds"].GetMetric() {
		h := m.GetHistogram()
		both += time.Duration(h.GetSampleSum() / float64(h.GetSampleCount()) * float64(time.Second))
	}
	b.add(row{"of one patch, mean time inside Sluice (decode to encoded answer, both calls)", "", micros(both), "", "", true})
	return nil
}

func (b *bench) reportPatches(setups []*setup) {
	p50 := func(s *setup) time.Duration { return median(s.samples) }
	bare, noop, sluice, policy := setups[0], setups[1], setups[2], setups[3]
	ratio := func(x, y time.Duration) float64 { return float64(x) / float64(y) }
	b.add(row{"one patch, no-op pair / bare API server", millis(p50(bare)), "(no-op) " + millis(p50(noop)), fmt.Sprintf("%.2f", ratio(p50(noop), p50(bare))), "", true})
	r := ratio(p50(sluice), p50(noop))
	b.add(row{"one patch, Sluice / no-op pair", millis(p50(noop)), millis(p50(sluice)), fmt.Sprintf("%.2f", r), "≤ 1.10", r <= 1.10})
	b.add(row{"one patch, ValidatingAdmissionPolicy / bare", millis(p50(bare)), "(policy) " + millis(p50(policy)), fmt.Sprintf("%.2f", ratio(p50(policy), p50(bare))), "", true})
	rate := func(s *setup) float64 {
		sum := 0.0
		for _, r := range s.rates {
			sum += r
		}
		return sum / float64(len(s.rates))
	}
	r = rate(sluice) / rate(noop)
	b.add(row{"8 patches at once, Sluice / no-op pair, per second", fmt.Sprintf("%.0f", rate(noop)), fmt.Sprintf("%.0f", rate(sluice)), fmt.Sprintf("%.2f", r), "≥ 0.9", r >= 0.9})
	perThousand := func(s *setup) float64 { return s.cpu.Seconds() * 1000 / float64(s.patches) }
	b.add(row{"CPU seconds of the webhook per 1,000 patches (mutate and validate), Sluice / no-op pair", fmt.Sprintf("%.2f", perThousand(noop)), fmt.Sprintf("%.2f", perThousand(sluice)), fmt.Sprintf("%.2f", perThousand(sluice)/perThousand(noop)), "≤ 1.2 s", perThousand(sluice) <= 1.2})
}

// measure sends patches, one at a time and then 8 at once.
func (s *setup) measure(ctx context.Context, c *cluster.ControlPlane) error {
	const single, workers, each = 150, 8, 40
	before, err := s.used()
	if err != nil {
		return err
	}
	k, err := newClient(c.As(cluster.NetAdmin))
	if err != nil {
		return err
	}
	for i := range single {
		start := time.Now()
		if err := patch(ctx, k, "cluster", i); err != nil {
			return err
		}
		s.samples = append(s.samples, time.Since(start))
	}
	for w := range workers {
		if err := ensure(ctx, k, fmt.Sprintf("bench-%d", w)); err != nil {
			return err
		}
	}
	start := time.Now()
	group, groupCtx := errgroup.WithContext(ctx)
	for w := range workers {
		group.Go(func() error {
			for i := range each {
				if err := patch(groupCtx, k, fmt.Sprintf("bench-%d", w), i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	s.rates = append(s.rates, float64(workers*each)/time.Since(start).Seconds())
	after, err := s.used()
	s.cpu += after - before
	s.patches += single + workers*each
	return err
}

func (s *setup) used() (time.Duration, error) {
	if s.pid == 0 {
		return 0, nil
	}
	return cpu(s.pid)
}

func newClient(config *rest.Config) (client.Client, error) {
	config.WarningHandlerWithContext = rest.NoWarnings{}
	return client.New(config, client.Options{})
}

func network(name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion("operator.openshift.io/v1")
	u.SetKind("Network")
	u.SetName(name)
	return u
}

// ensure creates a Network to patch, unless it exists.
func ensure(ctx context.Context, k client.Client, name string) error {
	u := network(name)
	u.Object["spec"] = map[string]any{"defaultNetwork": map[string]any{"type": "OVNKubernetes"}}
	return client.IgnoreAlreadyExists(k.Create(ctx, u))
}

// patch changes the lists; i makes each patch different from the previous one.
func patch(ctx context.Context, k client.Client, name string, i int) error {
	body := fmt.Sprintf(`{"spec":{"exportNetworkFlows":{
		"netFlow":{"collectors":["192.0.2.%d:2055","192.0.2.200:2055","192.0.2.201:2055","192.0.2.202:2055","192.0.2.203:2055"]},
		"ipfix":{"collectors":["198.51.100.1:4739","198.51.100.2:4739","198.51.100.3:4739","198.51.100.4:4739"]}}}}`, i%100+1)
	return k.Patch(ctx, network(name), client.RawPatch(types.MergePatchType, []byte(body)))
}
