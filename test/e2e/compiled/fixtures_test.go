package compiled

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"sluice/test/fixtures"
	"sluice/validation"
	"sluice/validation/vap"
)

// TestFixtures judges the cases that unit tests, command line and webhook share. Those for a
// CRD that stores IPv6 come last, because they replace it.
func TestFixtures(t *testing.T) {
	if notStored(t) {
		return
	}
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	unstorable := 0
	for generation, ipv6 := range []bool{false, true} {
		if ipv6 {
			serveIPv6(t)
		}
		install(t, 1000+generation, vap.Input{IPv6: ipv6})
		n := 0
		for _, f := range all {
			if f.Resource == "flowexport" {
				continue // without policies, all are denied; see the suite of the tenants
			}
			if f.Options.IPv6 == ipv6 {
				n++
				t.Run(f.Path, func(t *testing.T) {
					if !judgeFixture(t, f) {
						unstorable++
					}
				})
			}
		}
		t.Logf("IPv6 %t: %d fixtures", ipv6, n)
	}
	const known = 2 // lists from before the CRD had its pattern and its limit
	if unstorable != known {
		t.Errorf("%d fixtures begin with an object that the CRD refuses, want %d", unstorable, known)
	}
}

// serveIPv6 makes the cluster one that stores IPv6 collectors.
func serveIPv6(t *testing.T) {
	t.Helper()
	if shared.ipv6 {
		return
	}
	shared.ipv6 = true
	if err := shared.InstallCRDForIPv6(t.Context(), "Default"); err != nil {
		t.Fatal(err)
	}
	if err := shared.sluice.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := start(t.Context(), "--ip-families=ipv4,ipv6"); err != nil {
		t.Fatal(err)
	}
}

// judgeFixture compares the verdicts; false if there is nothing to judge, because the old
// object can't be stored.
func judgeFixture(t *testing.T, f fixtures.Fixture) bool {
	now := parse(t, string(f.Object))
	patch := now.GetKind() == ""
	like := now
	if patch {
		like = flows(t, "{}")
		if f.Resource == "configmap" {
			like = flowsConfig(t, "{}")
		}
	}
	old := like
	if f.Old != nil {
		old = parse(t, string(f.Old))
	} else if !patch {
		old = nil
	}
	stored, err := operator(t).put(t, like, old)
	if err != nil {
		return false
	}
	ask := func(groups ...string) error {
		j := as(t, validation.User{Name: "mary", Groups: groups})
		if !patch {
			return j.try(t, stored, now)
		}
		text, err := yaml.YAMLToJSON(f.Object)
		if err != nil {
			t.Fatal(err)
		}
		_, err = j.resource(like).Patch(t.Context(), like.GetName(), types.MergePatchType, text,
			metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
		return err
	}
	byWebhook, byCEL := ask(), ask(throughCEL)
	if (byWebhook != nil) != (byCEL != nil) {
		t.Errorf("%s\nwebhook: %v\nCEL:     %v", f.Comment, byWebhook, byCEL)
	}
	return true
}
