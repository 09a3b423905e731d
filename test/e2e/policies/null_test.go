package policies

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/validation/policy"
)

// TestAnEmptyTemplateValueIsNoWildcard writes fields that are null. Without the rule, the API
// server would drop them, and a missing list of destinations matches any address.
func TestAnEmptyTemplateValueIsNoWildcard(t *testing.T) {
	reset(t)
	must(t, cluster.Admin, policyWith(`{allow: [{destinations: [10.20.0.0/16]}]}`), "create", "-f", "-")
	other := func(text string) string { return strings.Replace(text, "name: schema", "name: other", 1) }
	for _, spec := range []string{
		`{allow: [{formats: [IPFIX], destinations: }]}`,
		`{deny: [{ports: null}]}`,
		`{deny: [{formats: ~, ports: ["1"]}]}`,
		`{deny: [{}], subjects: null}`,
		`{deny: [{}], exempt: null}`,
		`{deny: [{}], maxCollectors: null}`,
		`{deny: [{}], sampling: null}`,
	} {
		text := policyWith(spec)
		if _, err := policy.Read("p.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "is null") {
			t.Errorf("%s: the command line says %v", spec, err)
		}
		for name, c := range map[string]struct {
			text string
			args []string
		}{
			"create":            {other(text), []string{"create"}},
			"replace":           {text, []string{"replace"}},
			"server-side apply": {text, []string{"apply", "--server-side", "--force-conflicts"}},
			"new, server-side":  {other(text), []string{"apply", "--server-side"}},
		} {
			var r cluster.Result
			eventually(t, func() string { // the controller may write the status while kubectl replaces
				if r = kubectl(t, cluster.Admin, c.text, append(c.args, "--dry-run=server", "-f", "-")...); strings.Contains(r.Stderr, "(Conflict)") {
					return r.Stderr
				}
				return ""
			})
			if r.OK() || !strings.Contains(r.All(), "is null, as an empty template value renders") {
				t.Errorf("%s by %s: %s", spec, name, r.All())
			}
		}
	}
	// kubectl itself may remove null before a client-side apply: only a check of the file sees it then.
	if r := kubectl(t, cluster.Admin, other(policyWith(`{deny: [{ports: null}]}`)), "apply", "--dry-run=server", "-f", "-"); !r.OK() && !strings.Contains(r.All(), "is null, as an empty template value renders") {
		t.Errorf("the guide says that this passes, or is rejected for this reason: %s", r.All())
	}
}
