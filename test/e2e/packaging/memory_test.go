package packaging

import (
	"path/filepath"
	"strings"
	"testing"
)

// Each process of the webhook knows the memory limit of its container, so that its garbage collector keeps
// below it, whatever limit the manifests set.
func TestTheMemoryLimitsAgree(t *testing.T) {
	overlays, err := filepath.Glob(file(t, "manifests", "overlays", "*"))
	if err != nil || len(overlays) == 0 {
		t.Fatal(err)
	}
	installations := map[string][]object{"chart": rendered(t), "chart with other limits": rendered(t, "--set", "webhook.resources.limits.memory=1Gi")}
	for _, o := range overlays {
		installations[filepath.Base(o)] = kustomize(t, o)
	}
	csv, _ := load(t, file(t, "manifests", "olm"))
	installations["OLM"] = installed(t, csv)
	for name, objects := range installations {
		found := 0
		for id, o := range byName(t, objects) {
			if !strings.Contains(id, " sluice-webhook") && !strings.Contains(id, " sluice-controller") || at(t, o, container+"args") == "absent" {
				continue
			}
			found++
			env := at(t, o, container+"env")
			if !strings.Contains(env, `{"name":"MEMORY_LIMIT","valueFrom":{"resourceFieldRef":{"resource":"limits.memory"}}}`) || strings.Contains(env, "GOMEMLIMIT") {
				t.Errorf("%s: %s: environment %s", name, id, env)
			}
			if limit := at(t, o, container+"resources/limits/memory"); limit == "absent" {
				t.Errorf("%s: %s has no memory limit", name, id)
			}
		}
		if found != 2 {
			t.Errorf("%s: %d processes of the webhook", name, found)
		}
	}
}
