package splitter

import "testing"

func TestPodOf(t *testing.T) {
	tests := map[string]struct {
		ifaceID string
		want    Pod
		ok      bool
	}{
		"default network":               {"team-a_web-1", Pod{"team-a", "web-1"}, true},
		"user-defined network":          {"other.ns.tenant.blue_team-a_web-1", Pod{"team-a", "web-1"}, true},
		"prefix with underscores":       {"a_b_c_team-a_web-1", Pod{"team-a", "web-1"}, true},
		"pod with dots":                 {"team-a_web.1", Pod{"team-a", "web.1"}, true},
		"management port":               {"k8s-node-1", Pod{}, false},
		"none":                          {"", Pod{}, false},
		"no pod":                        {"team-a_", Pod{}, false},
		"no namespace":                  {"_web", Pod{}, false},
		"prefix, no namespace":          {"prefix__web", Pod{}, false},
		"gateway of a router":           {"GR_", Pod{}, false},
		"a UUID, as other systems have": {"0b1c2d3e-0000-4000-8000-000000000000", Pod{}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, ok := PodOf(test.ifaceID); got != test.want || ok != test.ok {
				t.Errorf("PodOf(%q) = %v, %t, want %v, %t", test.ifaceID, got, ok, test.want, test.ok)
			}
		})
	}
}
