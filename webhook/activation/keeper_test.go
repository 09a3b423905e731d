package activation

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	"sigs.k8s.io/yaml"

	"sluice/internal/kube"
	"sluice/test/harness/testca"
	"sluice/webhook/registration"
)

// registered are webhook configurations in memory.
type registered struct {
	list      []registration.Configuration
	known     bool
	published int
}

func (r *registered) State() ([]registration.Configuration, bool) { return r.list, r.known }
func (r *registered) Subscribe() <-chan struct{}                  { return nil }
func (r *registered) PublishRules(context.Context, dynamic.Interface) error {
	r.published++
	return nil
}

// configuration is one with a single webhook, which calls the Service unless there is a URL.
func configuration(t *testing.T, bundle []byte, url string, rules ...any) registration.Configuration {
	t.Helper()
	config := map[string]any{"service": map[string]any{"namespace": "sluice-system", "name": "sluice-webhook", "path": "/validate"}}
	if url != "" {
		config = map[string]any{"url": url}
	}
	w := map[string]any{"name": "networks.validate.sluice.dev", "clientConfig": config}
	if len(rules) > 0 {
		w["rules"] = rules
	}
	list, err := registration.Read(registration.Validating, map[string]any{"webhooks": []any{w}})
	if err != nil {
		t.Fatal(err)
	}
	list[0].ClientConfig.CABundle = bundle
	return registration.Configuration{Kind: registration.Validating, Found: true, Webhooks: list}
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	var u unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	return &u
}

const (
	endpoints = `{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a, namespace: sluice-system, labels: {kubernetes.io/service-name: sluice-webhook}}, addressType: IPv4, endpoints: [{addresses: [192.0.2.1], conditions: {ready: @}}]}`
	lease     = `{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: replica-a, namespace: sluice-system, labels: {sluice.dev/replica: webhook}}}`
	loopback  = "https://127.0.0.1:9744/validate"
)

func TestTheFirstRulesWaitForAReplica(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	authority, err := testca.New("test", now.Add(-time.Hour), 30*24*time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	trusted := authority.Bundle()
	lasting := func(d time.Duration) []byte {
		a, err := testca.New("test", now.Add(-time.Hour), time.Hour+d, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return a.Bundle()
	}
	ready, unready := strings.Replace(endpoints, "@", "true", 1), strings.Replace(endpoints, "@", "false", 1)
	rule := map[string]any{"operations": []any{"CREATE"}, "apiGroups": []any{""}, "apiVersions": []any{"v1"}, "resources": []any{"configmaps"}}
	elsewhere := strings.Replace(ready, "service-name: sluice-webhook", "service-name: sluice-webhook-metrics", 1)
	pathless := configuration(t, trusted, "")
	pathless.Webhooks[0].ClientConfig.Service.Path = nil
	for name, c := range map[string]struct {
		list    []registration.Configuration
		objects []string
		waits   string
	}{
		"nothing is registered":          {[]registration.Configuration{{Kind: registration.Validating}}, []string{ready}, "no webhook configurations"},
		"no authority":                   {[]registration.Configuration{configuration(t, nil, "")}, []string{ready}, "no caBundle"},
		"one of two lacks an authority":  {[]registration.Configuration{configuration(t, trusted, ""), configuration(t, nil, "")}, []string{ready}, "no caBundle"},
		"an authority that expired":      {[]registration.Configuration{configuration(t, lasting(-time.Minute), "")}, []string{ready}, "expired at"},
		"an authority that expires soon": {[]registration.Configuration{configuration(t, lasting(time.Hour), "")}, []string{ready}, ""},
		"no path":                        {[]registration.Configuration{pathless}, []string{ready}, "no path"},
		"no replica":                     {[]registration.Configuration{configuration(t, trusted, "")}, nil, "no ready endpoint"},
		"a replica that is not ready":    {[]registration.Configuration{configuration(t, trusted, "")}, []string{unready, lease}, "no ready endpoint"},
		"another Service":                {[]registration.Configuration{configuration(t, trusted, "")}, []string{elsewhere}, "no ready endpoint"},
		"a ready replica":                {[]registration.Configuration{configuration(t, trusted, "")}, []string{ready}, ""},
		"loopback, no replica":           {[]registration.Configuration{configuration(t, trusted, loopback)}, []string{ready}, "no replica"},
		"loopback, a replica":            {[]registration.Configuration{configuration(t, trusted, loopback)}, []string{lease}, ""},
		"active, without a replica":      {[]registration.Configuration{configuration(t, nil, "", rule)}, nil, ""},
		"one of two is active":           {[]registration.Configuration{configuration(t, nil, ""), configuration(t, trusted, "", rule)}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var objects []runtime.Object
			for _, text := range c.objects {
				objects = append(objects, object(t, text))
			}
			scheme := runtime.NewScheme()
			if err := admissionregistrationv1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			client := fake.NewSimpleDynamicClientWithCustomListKinds(scheme, map[schema.GroupVersionResource]string{kube.EndpointSlices(): "EndpointSliceList", kube.Leases(): "LeaseList"}, objects...)
			r := &registered{list: c.list, known: true}
			k := NewKeeper(Config{Client: client, Namespace: "sluice-system", Leases: true, Registration: r, Now: func() time.Time { return now }, Log: logr.Discard()})
			waits, err := k.keep(t.Context())
			if err != nil || !strings.Contains(waits, c.waits) || (c.waits == "") != (waits == "") {
				t.Errorf("waits for %q (%v), want %q", waits, err, c.waits)
			}
			if (r.published == 1) != (c.waits == "") {
				t.Errorf("published %d times", r.published)
			}
		})
	}
	unknown := &registered{}
	if waits, err := NewKeeper(Config{Registration: unknown}).keep(t.Context()); waits != "" || err != nil || unknown.published != 0 {
		t.Errorf("wrote rules before the configurations were read: %q %v", waits, err)
	}
}
