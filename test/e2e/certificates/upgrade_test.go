package certificates

import (
	"slices"
	"testing"

	"sluice/test/harness/cluster"
)

// TestAnUpgrade changes the manifests, and with them where certificates come from, while
// changes arrive: from OpenShift's service CA to Sluice's own. The replicas follow one after
// the other, as a Deployment's do; those of before serve certificates of the service CA to
// the end.
func TestAnUpgrade(t *testing.T) {
	directory := t.TempDir()
	before := withDirectory(t, install(t, "openshift"), directory)
	authority := newAuthority(t)
	write(t, directory, issue(t, authority))
	trust(t, authority.Bundle())
	var log cluster.Log
	set, list := twoReplicas(t, &log, before, "--drain=2s")
	guarded(t)

	run := startTraffic(t, shared)
	next := install(t, "managed")
	if err := set.Update(t.Context(), slices.Concat(next.webhook, []string{"--drain=2s", "--cert-lifetime=1m"}), next.controller); err != nil {
		t.Fatal(err)
	}
	for _, old := range list {
		if _, err := set.Add(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := old.Stop(); err != nil {
			t.Error(err)
		}
	}
	nothingHappened(t, run.end(t))
	permitted(t, &log)
}

// bundles are those of the registration.
func bundles(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, c := range called(t) {
		list = append(list, string(c.CABundle))
	}
	return list
}

// TestTheOtherWay is from Sluice's own certificates to OpenShift's service CA, which replaces
// the bundle by its own: until the new replicas are there changes are refused, but none
// passes unseen, and the replicas of before don't write the bundle back.
func TestTheOtherWay(t *testing.T) {
	before := install(t, "managed")
	var log cluster.Log
	set, list := twoReplicas(t, &log, before, "--drain=2s")
	guarded(t)

	run := startTraffic(t, shared)
	directory := t.TempDir()
	after := withDirectory(t, install(t, "openshift"), directory)
	authority := newAuthority(t)
	write(t, directory, issue(t, authority))
	trust(t, authority.Bundle())
	if err := set.Update(t.Context(), slices.Concat(after.webhook, []string{"--drain=2s"}), after.controller); err != nil {
		t.Fatal(err)
	}
	for _, old := range list {
		if _, err := set.Add(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := bundles(t)
		if len(got) < 6 || slices.ContainsFunc(got, func(b string) bool { return b != string(authority.Bundle()) }) {
			t.Errorf("%d bundles, and not all are the service CA's", len(got))
		}
		if err := old.Stop(); err != nil {
			t.Error(err)
		}
	}
	guarded(t)
	c := run.end(t)
	if c.admitted != 0 || c.unavailable != 0 {
		t.Errorf("%+v", c)
	}
	t.Logf("%d of %d changes were refused on the way", c.failed, c.accepted+c.refused+c.failed)
	permitted(t, &log)
}
