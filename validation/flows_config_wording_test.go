package validation_test

import (
	"strings"
	"testing"

	"sluice/validation"
)

// What the Cluster Network Operator ignores has no effect yet; a message says so.
func TestAMessageIsTrueOfAnIgnoredKeyToo(t *testing.T) {
	for data, want := range map[string]string{
		`{"nodePort":"4739","cacheActiveTimeout":"2h"}`:              `is outside 0s to 4200s; Open vSwitch rejects it, and ovnkube-node would not start`,
		`{"sharedTarget":"","cacheActiveTimeout":"2h"}`:              `is outside 0s to 4200s; it is ignored without a target, but with one Open vSwitch would reject it`,
		`{"cacheActiveTimeout":"2h"}`:                                `it is ignored without a target`,
		`{"nodePort":"4739.0"}`:                                      `is not a port; each node would export to ":4739.0"`,
		`{"sharedTarget":"192.0.2.1:80","nodePort":"4739.0"}`:        `is not a port; it is ignored while sharedTarget is set, but without that each node would export to ":4739.0"`,
		`{"nodePort":"4739","cacheActiveTimeout":"3.2s"}`:            `is truncated to 3s`,
		`{"cacheActiveTimeout":"3.2s"}`:                              `would be truncated to 3s`,
		`{"sharedTarget":"","nodePort":"1","sampling":"1"}`:          `-exports every packet`,
		`{"sampling":"1"}`:                                           `-exports every packet`,
		`{"nodePort":"1","sampling":"1"}`:                            `exports every packet`,
		`{"cacheActiveTimeout":"60s"}`:                               `-has no effect while cacheMaxFlows is 0`,
		`{"nodePort":"1","cacheActiveTimeout":"60s"}`:                `has no effect while cacheMaxFlows is 0`,
		`{"sampling":"4294967295"}`:                                  `-most connections leave no record`,
		`{"sharedTarget":"192.0.2.1:80","sampling":"100001"}`:        `most connections leave no record`,
		`{"sharedTarget":"192.0.2.1:80","cacheActiveTimeout":"-1s"}`: `is outside 0s to 4200s; Open vSwitch rejects it`,
	} {
		v := validation.Review(validation.Input{Object: flowsConfig(t, data)})
		var lines []string
		for _, f := range append(v.Errors, v.Warnings...) {
			lines = append(lines, f.Message)
		}
		text := strings.Join(lines, "\n")
		part, absent := strings.CutPrefix(want, "-")
		if strings.Contains(text, part) == absent {
			t.Errorf("%s: want %s, got\n%s", data, want, text)
		}
	}
}
