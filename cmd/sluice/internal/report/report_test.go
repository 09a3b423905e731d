package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"sluice/cmd/sluice/internal/report"
	"sluice/validation"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// results has a document of each outcome.
func results() []report.Result {
	const file = "clusters/a,b: 100%.yaml"
	return []report.Result{
		{File: file, Line: 1, Kind: "Network", Name: "cluster", Verdict: validation.Verdict{
			Errors: []validation.Finding{
				{
					Rule: validation.RuleMissingPort, Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Value: "192.168.1.99",
					Message: "has no port", Suggestion: "192.168.1.99:2055", Position: validation.Position{Line: 9, Column: 9},
				},
				{Rule: validation.RuleUnknownField, Field: "spec.exportNetworkFlows.sflow", Message: `is not a field; write "sFlow"`},
			},
			Warnings: []validation.Finding{{
				Rule: validation.RuleLoopback, Field: "spec.exportNetworkFlows.netFlow.collectors[1]", Value: "127.0.0.1:2055",
				Message: "is a loopback address", Position: validation.Position{Line: 10, Column: 9},
			}},
		}},
		{File: file, Line: 13, Kind: "Patch", Verdict: validation.Verdict{
			Warnings: []validation.Finding{{
				Rule: validation.RulePortZeros, Field: "spec.exportNetworkFlows.ipfix.collectors[0]", Value: "192.0.2.1:04739",
				Message: `stored as "192.0.2.1:4739"`, Suggestion: "192.0.2.1:4739", Rewritten: true, Position: validation.Position{Line: 16, Column: 20},
			}},
			Edits: []validation.Edit{{Pointer: "/spec/exportNetworkFlows/ipfix/collectors", List: []validation.Entry{{Addr: netip.MustParseAddrPort("192.0.2.1:4739")}}, From: []int{0}}},
			Flows: validation.Flows{IPFIX: []validation.Entry{{Addr: netip.MustParseAddrPort("192.0.2.1:4739")}}},
		}},
		{File: file, Line: 18, Kind: "Patch"},
		{File: "b.yaml", Line: 3, Kind: "ConfigMap", Name: "ovs-flows-config", Verdict: validation.Verdict{
			Denials: []validation.Denial{{
				Policies: []string{"team-a"}, Rule: "allow", Field: "data.sharedTarget", Value: "192.0.2.9:4739",
				Message: "is not allowed;\nadd another", Position: validation.Position{Line: 7, Column: 17},
			}},
			Allowed: "every format to 10.0.0.0/8",
		}},
		{File: "c.yaml", Line: 1, Kind: "Patch", Name: "cluster", Server: &report.Answer{User: "mary", NoAnswer: "the API server could not call the webhook"}},
	}
}

// complete also has what could not be judged or read.
func complete() report.Check {
	return report.Check{
		Results:    results(),
		NotJudged:  []report.NotJudged{{File: "d, e.yaml", Line: 4, Reason: "a kustomization", Hint: "render it"}, {File: "b.yaml", Line: 9, Reason: "an Ansible play"}},
		Unreadable: []report.Problem{{File: "f.yaml", Line: 8, Message: "not valid YAML: found a tab"}, {File: "g.yaml", Message: "permission denied"}, {Message: "100%\nlost"}},
	}
}

func TestFormats(t *testing.T) {
	for _, format := range report.Formats() {
		t.Run(string(format), func(t *testing.T) {
			out := renderCheck(t, format, complete(), report.Options{Version: "v1.2.3"})
			if format == report.SARIF {
				out = withoutRules(t, out)
			}
			checkGolden(t, string(format), out)
		})
	}
	t.Run("color", func(t *testing.T) {
		checkGolden(t, "color", render(t, report.Text, results(), report.Options{Color: true}))
	})
}

// withoutRules removes the list of rules, which TestSARIFDocumentsEveryRule compares.
func withoutRules(t *testing.T, log []byte) []byte {
	t.Helper()
	parsed, err := sarif.FromBytes(log)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Runs[0].Tool.Driver.Rules = nil
	var out bytes.Buffer
	if err := parsed.PrettyWrite(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestSARIFFitsItsSchema: every output is valid against the schema of SARIF 2.1.0.
func TestSARIFFitsItsSchema(t *testing.T) {
	for name, c := range map[string]report.Check{"nothing": {}, "everything": complete(), "unreadable": {Unreadable: complete().Unreadable}} {
		parsed, err := sarif.FromBytes(renderCheck(t, report.SARIF, c, report.Options{Version: "v1.2.3", ProjectURL: "https://example.com/sluice"}))
		if err != nil {
			t.Fatal(err)
		}
		if err := parsed.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSARIFDocumentsEveryRule(t *testing.T) {
	log, err := sarif.FromBytes(render(t, report.SARIF, results(), report.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, doc := range validation.Rules() {
		want = append(want, string(doc.Rule)+": "+doc.Summary)
	}
	rules := log.Runs[0].Tool.Driver.Rules
	for _, rule := range rules {
		got = append(got, *rule.ID+": "+*rule.ShortDescription.Text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	for _, r := range log.Runs[0].Results {
		if r.RuleIndex >= 0 && *rules[r.RuleIndex].ID != *r.RuleID {
			t.Errorf("result for %s points to %s", *r.RuleID, *rules[r.RuleIndex].ID)
		}
	}
}

func render(t *testing.T, format report.Format, all []report.Result, o report.Options) []byte {
	t.Helper()
	return renderCheck(t, format, report.Check{Results: all}, o)
}

func renderCheck(t *testing.T, format report.Format, c report.Check, o report.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := report.Write(&out, format, c, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("output (-want +got); \"go test ./cmd/sluice/internal/report -update\" rewrites it:\n%s", diff)
	}
}

// A format without any output would look like success.
func TestEveryFormatPrintsSomething(t *testing.T) {
	for _, format := range report.Formats() {
		if got, err := report.ParseFormat(string(format)); got != format || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", format, got, err)
		}
		for name, all := range map[string][]report.Result{
			"none":     nil,
			"accepted": {{File: "a.yaml", Line: 1, Kind: "Patch"}},
		} {
			if out := render(t, format, all, report.Options{}); len(bytes.TrimSpace(out)) == 0 || out[len(out)-1] != '\n' {
				t.Errorf("%s, %s: printed %q", format, name, out)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := report.ParseFormat("toml"); err == nil || !strings.Contains(err.Error(), "use text, json, yaml, sarif, junit or github") {
		t.Errorf("error is %v", err)
	}
	if err := report.Write(&bytes.Buffer{}, "toml", report.Check{}, report.Options{}); err == nil {
		t.Error("no error")
	}
}

func TestSARIFFollowsItsSchema(t *testing.T) {
	for name, all := range map[string][]report.Result{"none": nil, "some": results()} {
		log, err := sarif.FromBytes(render(t, report.SARIF, all, report.Options{}), sarif.WithStrictValidation())
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJUnitParses(t *testing.T) {
	all := append(results(), report.Result{File: "c\x01.yaml", Line: 1, Kind: "Patch"})
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Failure *struct {
					Type string `xml:"type,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(render(t, report.JUnit, all, report.Options{}), &suites); err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, s := range suites.Suites {
		for _, c := range s.Cases {
			if c.Failure != nil {
				types = append(types, c.Failure.Type)
			}
		}
	}
	if diff := cmp.Diff([]string{"Rejected", "Denied", "NoVerdict"}, types); diff != "" || suites.Tests != 6 || suites.Failures != 3 || len(suites.Suites) != 4 {
		t.Errorf("%+v, types (-want +got):\n%s", suites, diff)
	}
}

func TestJSONHasNoNull(t *testing.T) {
	for _, all := range [][]report.Result{nil, {{File: "a.yaml", Line: 1, Kind: "Network", Name: "cluster"}}} {
		out := render(t, report.JSON, all, report.Options{})
		if !json.Valid(out) || bytes.Contains(out, []byte("null")) {
			t.Errorf("printed %s", out)
		}
	}
}

// Names of files and keys come from the user. They must not control a terminal or forge lines.
func TestControlCharacters(t *testing.T) {
	all := []report.Result{{
		File: "a\n::error::b\x1b[2J.yaml", Line: 1, Kind: "Network", Name: "x\u202e\n",
		Verdict: validation.Verdict{Errors: []validation.Finding{{Rule: "unknown-field", Field: "spec.\n\x1b]0;x\a\u202e", Message: "is\nwrong"}}},
	}}
	text := string(render(t, report.Text, all, report.Options{}))
	if strings.ContainsAny(text, "\x1b\a\u202e") || strings.Count(text, "\n") != 3 {
		t.Errorf("text is %q", text)
	}
	if github := string(render(t, report.GitHub, all, report.Options{})); strings.Count(github, "\n") != 2 {
		t.Errorf("commands are %q", github)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	for _, format := range report.Formats() {
		if err := report.Write(brokenWriter{}, format, report.Check{Results: results()}, report.Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: error is %v", format, err)
		}
	}
}
