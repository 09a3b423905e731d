package check_test

import (
	"strings"
	"testing"

	"sluice/cmd/sluice/internal/check"
)

// A node's own address in the Network's list and a port alone in the ConfigMap are the same
// collector on that node.
func TestANetworkAndTheConfigMapAreSeenTogether(t *testing.T) {
	ipfix := func(collectors string) string {
		return "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\nspec:\n  exportNetworkFlows:\n    ipfix:\n      collectors:\n      - " + collectors + "\n"
	}
	config := func(data string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config}\ndata:\n  " + data + "\n"
	}
	const (
		aboutConfig  = "data.nodePort: \"4739\" names a port of each node's own address, and the IPFIX list of the Network has 192.0.2.10:4739"
		aboutTarget  = "data.sharedTarget: \":4739\" names a port"
		aboutNetwork = "ipfix.collectors: \"192.0.2.10:4739\" has the port of each node's own address, which the ConfigMap ovs-flows-config names"
	)
	for name, c := range map[string]struct {
		files map[string]string
		old   string
		want  string // in the one warning; empty for none
	}{
		"in two files":         {map[string]string{"a.yaml": ipfix("192.0.2.10:4739"), "b.yaml": config(`nodePort: "4739"`)}, "", aboutConfig},
		"in one file":          {map[string]string{"a.yaml": config(`sharedTarget: ":4739"`) + "---\n" + ipfix("192.0.2.10:4739")}, "", aboutTarget},
		"a patch":              {map[string]string{"a.yaml": "spec: {exportNetworkFlows: {ipfix: {collectors: ['192.0.2.10:4739']}}}\n", "b.yaml": config(`nodePort: "4739"`)}, "", aboutConfig},
		"the stored Network":   {map[string]string{"b.yaml": config(`nodePort: "4739"`)}, ipfix("192.0.2.10:4739"), aboutConfig},
		"the stored ConfigMap": {map[string]string{"a.yaml": ipfix("192.0.2.10:4739")}, config(`nodePort: "4739"`) + "---\n" + ipfix("192.0.2.11:4739"), aboutNetwork},
		"another port":         {map[string]string{"a.yaml": ipfix("192.0.2.10:4739"), "b.yaml": config(`nodePort: "2055"`)}, "", ""},
		"an address":           {map[string]string{"a.yaml": ipfix("192.0.2.10:4739"), "b.yaml": config(`sharedTarget: "192.0.2.10:4739"`)}, "", ""},
		"ignored":              {map[string]string{"a.yaml": ipfix("192.0.2.10:4739"), "b.yaml": config(`sharedTarget: "192.0.2.11:2055"`)}, "", ""},
		"two clusters":         {map[string]string{"a.yaml": ipfix("192.0.2.10:4739"), "b.yaml": config(`nodePort: "4739"`), "c.yaml": config(`nodePort: "2055"`)}, "", ""},
		"the Network alone":    {map[string]string{"a.yaml": ipfix("192.0.2.10:4739")}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(c.files)
			run := check.Check{Reader: check.Reader{Files: m}, Paths: []string{"."}}
			if c.old != "" {
				m.files["old/stored.yml"] = newMemory(map[string]string{"x": c.old}).files["x"]
				run.Old, run.Paths = "old/stored.yml", nil
				for file := range c.files {
					run.Paths = append(run.Paths, file)
				}
			}
			outcome, err := run.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, r := range outcome.Results {
				for _, f := range r.Verdict.Warnings {
					lines = append(lines, f.Line())
					if !strings.HasPrefix(c.want, "ipfix") && f.Position.Line == 0 {
						t.Errorf("no position: %+v", f)
					}
				}
			}
			got := strings.Join(lines, "\n")
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) || len(lines) > 1 {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
