package main

import (
	"strings"
	"testing"
)

// TestFilesOfUsers checks files from public reports and repositories, as their users would.
func TestFilesOfUsers(t *testing.T) {
	t.Chdir("testdata/reports")
	for _, c := range []struct {
		args string
		want ran // parts of the output
	}{
		{"01-json-patch-single-quotes.yaml", ran{"JSONPatch: accepted", "", 0}},
		{"02-configmap-off.yaml", ran{`data.sampling: is a boolean (off)`, "", 1}},
		{"07-ipv6-unquoted.yaml", ran{"", `07-ipv6-unquoted.yaml:9: not valid YAML: an IPv6 collector without quotes; write it in quotes`, 2}},
		{"08-flux-variable.yaml", ran{"has a variable that was not replaced; replace it, and check the result", "", 1}},
		{"10-kustomize-patch-directive.yaml", ran{`Network "cluster": accepted`, "10-kustomize-patch-directive.yaml:7: not judged: the directive $patch", 0}},
		{"10-kustomize-patch-directive.yaml --fail-on=warning", ran{"1 not judged", "", 1}},
		{"11-tab.yaml", ran{"", "11-tab.yaml:8: not valid YAML: found character that cannot start any token", 2}},
		{"11-tab.yaml -o sarif", ran{`"executionSuccessful": false`, "", 2}},
		{"11-tab.yaml -o junit", ran{`errors="1"`, "", 2}},
		{"11-tab.yaml -o json", ran{`"line": 8`, "", 2}},
		{"11-tab.yaml -o github", ran{"::error file=11-tab.yaml,line=8,title=sluice/unreadable::not valid YAML", "", 2}},
		{"18-ssa-empty-list.yaml", ran{"normalized", "", 0}},
		{"18b-ssa-other-team.yaml", ran{"accepted", "", 0}},
		{"20-mixed-repo", ran{"1 document: 1 accepted", "left out 20-mixed-repo/web/tsconfig.json", 0}},
		{"20-mixed-repo", ran{"", "left out 20-mixed-repo/playbooks/hosts.yaml", 0}},
		{"20-mixed-repo", ran{"", "left out 20-mixed-repo/clusters/lab/._network.yaml", 0}},
		{"20-mixed-repo/web/tsconfig.json --allow-nothing", ran{"", "left out 20-mixed-repo/web/tsconfig.json", 0}},
		{"20-mixed-repo --ignore **/web --ignore **/playbooks --ignore **/._*", ran{"1 document: 1 accepted", "", 0}},
		{"21-network-and-policy.yaml", ran{"2 documents: 1 accepted, 1 not judged", "21-network-and-policy.yaml:11: not judged: an object inside of a ConfigurationPolicy of policy.open-cluster-management.io/v1", 0}},
		{"21-network-and-policy.yaml --fail-on=warning", ran{"1 not judged", "", 1}},
		{"21b-policy-alone.yaml", ran{"1 document: 1 not judged", "use --allow-not-judged", 1}},
		{"21b-policy-alone.yaml --allow-not-judged", ran{"1 document: 1 not judged", "", 0}},
		{"21b-policy-alone.yaml --fail-on=warning", ran{"1 not judged", "", 1}},
		{"27-merge-key-last.yaml", ran{"leading zero", "", 1}},
		{"27-merge-key-last.yaml", ran{"is set more than once by merge keys (<<): kubectl sends the value of line 3, other tools such as kustomize that of line 7; write the key once", "", 1}},
		{"28-two-merge-keys.yaml", ran{"leading zero", "", 1}},
		{"30e-bom-second-bad.yaml", ran{"2 documents: 1 accepted, 1 rejected", "", 1}},
		{"31-netobserv-configmap.yaml", ran{"accepted", "", 0}},
		{"32-configmap-empty-value.yaml", ran{"[sluice/value-ignored]", "", 0}},
		{"34-overlay-null.yaml --normalization=reject", ran{"is null, which removes the field", "", 0}},
		{"38-sops-configmap.yaml", ran{"is a value that SOPS encrypted; decrypt the file, and check the result", "", 1}},
	} {
		t.Run(c.args, func(t *testing.T) {
			got := runCheck(t, "", strings.Fields(c.args)...)
			if got.code != c.want.code || !strings.Contains(got.stdout, c.want.stdout) || !strings.Contains(got.stderr, c.want.stderr) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s\nwant %+v", got.code, got.stdout, got.stderr, c.want)
			}
		})
	}
}
