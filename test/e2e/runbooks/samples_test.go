package runbooks

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/test/harness/cluster"
)

// update makes the tests write the samples into the pages.
var update = flag.Bool("update", false, "write the outputs into the runbooks")

// varying is what differs from run to run.
func varying(text string) string {
	for _, v := range []struct{ pattern, by string }{
		{`\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)`, "TIME"},
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}`, "UUID"},
		{`(sluice-(?:webhook|controller|agent))-[0-9a-z]{5,10}-[0-9a-z]{5}\b`, "$1-POD"},
		{`(\d+\.\d+\.\d+\.\d+):\d{4,5}`, "$1:PORT"},
		{`\b(\d+[smh])+\b`, "AGE"},
		{`\(x\d+ over AGE\)`, ""},
		{`(errs)=\d+`, "$1=N"},
		{`(flows|pkts|ok)=\d+`, "$1=N"},
		{`xid=0x[0-9a-f]+`, "xid=N"},
		{` +`, " "},
	} {
		text = regexp.MustCompile(v.pattern).ReplaceAllString(text, v.by)
	}
	return strings.TrimSpace(text)
}

// shows compares the sample that a runbook has after a command with an output, or with -update writes it.
func shows(t *testing.T, page, command, output string) {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "docs", "runbooks", page+".md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(data), "\n$ "+command+"\n")
	if !found {
		t.Fatalf("%s has no command %q", page, command)
	}
	end := regexp.MustCompile("(?m)^(\\$ |```)").FindStringIndex(after)
	sample, rest := after[:end[0]], after[end[0]:]
	output = strings.TrimRight(output, "\n") + "\n"
	for _, own := range []string{root, shared.Dir} {
		if strings.Contains(output, own) {
			t.Errorf("%s: the output has a path of this machine: %s", page, output)
		}
	}
	if *update {
		if varying(sample) != varying(output) {
			if err := os.WriteFile(path, []byte(before+"\n$ "+command+"\n"+output+rest), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	if diff := cmp.Diff(varying(sample), varying(output)); diff != "" {
		t.Errorf("%s: after %q, the page shows what the command does not print; -update writes it (-page +command)\n%s", page, command, diff)
	}
}
