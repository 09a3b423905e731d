package rotation

import (
	"slices"
	"testing"

	"github.com/sluice-project/sluice/test/cluster"
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
	set.Update(slices.Concat(install(t, "managed"), []string{"--drain=2s", "--cert-lifetime=1m"}))
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
