package certificates

import (
	"slices"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/test/harness/cluster"
	"sluice/webhook/registration"
)

// called is what the registration says about each webhook: where the API server calls it, and which authorities it
// trusts.
func called(t *testing.T) []admissionregistrationv1.WebhookClientConfig {
	t.Helper()
	var mutating admissionregistrationv1.MutatingWebhookConfiguration
	var validating admissionregistrationv1.ValidatingWebhookConfiguration
	for _, o := range []client.Object{&mutating, &validating} {
		if err := shared.Client.Get(t.Context(), client.ObjectKey{Name: registration.Name}, o); client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
	}
	var list []admissionregistrationv1.WebhookClientConfig
	for _, w := range mutating.Webhooks {
		list = append(list, w.ClientConfig)
	}
	for _, w := range validating.Webhooks {
		list = append(list, w.ClientConfig)
	}
	return list
}

// paths are those that the API server calls, without duplicates.
func paths(t *testing.T) []string {
	t.Helper()
	webhooks := called(t)
	var list []string
	for _, w := range webhooks {
		if w.Service != nil && w.Service.Path != nil && *w.Service.Path != "" {
			list = append(list, *w.Service.Path)
		}
	}
	if len(list) != 0 && len(list) != len(webhooks) {
		t.Logf("%d of %d webhooks have a path", len(list), len(webhooks))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// replaced waits until the API server calls other paths than before, the same for each phase.
func replaced(t *testing.T, before []string) []string {
	t.Helper()
	var after []string
	eventually(t, func() string {
		if after = paths(t); len(after) != 2 || slices.ContainsFunc(after, func(p string) bool { return slices.Contains(before, p) }) {
			return "the API server still calls the path from before"
		}
		return ""
	})
	return after
}

// TestPathsAreReplaced deletes the Secret with the token, as one does when others may know the path,
// and lets tokens grow old.
func TestPathsAreReplaced(t *testing.T) {
	installed := install(t, "managed")
	installed.controller = append(installed.controller, "--path-lifetime=1m") // a token settles for 3 seconds
	var log cluster.Log
	twoReplicas(t, &log, installed)
	guarded(t)
	before := paths(t)
	run := startTraffic(t, shared)
	for range 3 {
		kubectl(t, "", "-n", "sluice-system", "delete", "secret", "sluice-webhook-path")
		before = replaced(t, before)
		run.passes(t, rate)
	}
	replaced(t, before) // after its time
	run.passes(t, rate)
	nothingHappened(t, run.end(t))
	permitted(t, &log)
}

// TestManifestsAreAppliedAgain, by all means that tools have, while changes arrive: the path and the
// caBundle are not in the manifests, so that nothing removes them.
func TestManifestsAreAppliedAgain(t *testing.T) {
	installed := install(t, "managed")
	var log cluster.Log
	twoReplicas(t, &log, installed)
	guarded(t)
	before := paths(t)
	o, err := shared.Overlay(t.Context(), "managed")
	if err != nil {
		t.Fatal(err)
	}
	run := startTraffic(t, shared)
	for range 3 {
		for _, apply := range [][]string{
			{"apply", "-f", "-"},
			{"apply", "--server-side", "--field-manager=gitops", "--force-conflicts", "-f", "-"},
			{"apply", "--server-side", "--field-manager=another", "--force-conflicts", "-f", "-"},
		} {
			kubectl(t, o.Manifest, apply...)
			if after := paths(t); !slices.Equal(after, before) {
				t.Errorf("kubectl %s changes the paths from %v to %v", strings.Join(apply, " "), before, after)
			}
			run.passes(t, rate/10)
		}
	}
	nothingHappened(t, run.end(t))
	permitted(t, &log)
}

// TestAPathIsRemoved by somebody, or by a tool that replaces the whole object: the controller writes it
// again. Until then changes are refused, and none passes unseen.
func TestAPathIsRemoved(t *testing.T) {
	installed := install(t, "managed")
	var log cluster.Log
	twoReplicas(t, &log, installed)
	guarded(t)
	before := paths(t)
	run := startTraffic(t, shared)
	kubectl(t, "", "patch", "validatingwebhookconfiguration", "sluice", "--type=json", "-p", `[{"op":"remove","path":"/webhooks/0/clientConfig/service/path"},{"op":"replace","path":"/webhooks/1/clientConfig/service/path","value":"/validate/guess"}]`)
	eventually(t, func() string {
		if after := paths(t); !slices.Equal(after, before) {
			return "the paths are not written again"
		}
		return ""
	})
	run.passes(t, rate)
	if c := run.end(t); c.admitted != 0 || c.unavailable != 0 {
		t.Errorf("%+v", c)
	}
	permitted(t, &log)
}
