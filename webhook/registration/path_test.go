package registration

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
)

func called(service, path, url string) Webhook {
	if url != "" {
		return Webhook{ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: &url}}
	}
	reference := &admissionregistrationv1.ServiceReference{Namespace: "sluice-system", Name: service}
	if path != "" {
		reference.Path = &path
	}
	return Webhook{ClientConfig: admissionregistrationv1.WebhookClientConfig{Service: reference}}
}

func TestPathPatch(t *testing.T) {
	version := operation{"test", "/metadata/resourceVersion", "7"}
	for name, c := range map[string]struct {
		webhooks []Webhook
		want     []operation
	}{
		"no webhooks": {nil, nil},
		"a Service":   {[]Webhook{called("sluice-webhook", "", ""), called("sluice-webhook", "/mutate", "")}, []operation{version, {"add", "/webhooks/0/clientConfig/service/path", "/mutate/x"}, {"add", "/webhooks/1/clientConfig/service/path", "/mutate/x"}}},
		"one of two":  {[]Webhook{called("sluice-webhook", "/mutate/x", ""), called("sluice-webhook", "/mutate/old", "")}, []operation{version, {"add", "/webhooks/1/clientConfig/service/path", "/mutate/x"}}},
		"a URL":       {[]Webhook{called("", "", "https://127.0.0.1:9744/mutate"), called("", "", "https://[::1]")}, []operation{version, {"replace", "/webhooks/0/clientConfig/url", "https://127.0.0.1:9744/mutate/x"}, {"replace", "/webhooks/1/clientConfig/url", "https://[::1]/mutate/x"}}},
		"as it is":    {[]Webhook{called("sluice-webhook", "/mutate/x", ""), called("", "", "https://127.0.0.1:9744/mutate/x")}, nil},
		// A path in what another server gets would tell it the token.
		"another Service": {[]Webhook{called("other", "/mutate", "")}, nil},
		"another server":  {[]Webhook{called("", "", "https://webhooks.example.com/mutate"), called("", "", "https://127.0.0.1.example.com/"), called("", "", "://")}, nil},
	} {
		got, err := pathPatch(Configuration{Kind: Mutating, ResourceVersion: "7", Webhooks: c.webhooks}, "/mutate/x")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPathsArePublishedBesideTheBundles(t *testing.T) {
	client, now := cluster(t), morning
	w := watching(t, client, &now)
	changes := w.Subscribe()
	if err := w.PublishPaths(t.Context(), client, func(kind string) string { return FixedPath(kind) + "/x" }); err != nil {
		t.Fatal(err)
	}
	if err := w.Publish(t.Context(), client, authority(t, authorityName, now, time.Hour)); err != nil {
		t.Fatal(err)
	}
	until(t, w, changes, func() bool {
		list, _ := w.State()
		for _, c := range list {
			for _, h := range c.Webhooks {
				if PathOf(h.ClientConfig) != FixedPath(c.Kind)+"/x" {
					return false
				}
			}
		}
		return true
	})
	before := len(client.Actions())
	if err := w.PublishPaths(t.Context(), client, func(kind string) string { return FixedPath(kind) + "/x" }); err != nil || len(client.Actions()) != before {
		t.Errorf("%d requests for what is there already (%v)", len(client.Actions())-before, err)
	}
}
