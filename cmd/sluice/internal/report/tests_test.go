package report_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/cmd/sluice/internal/report"
)

func testCases() []report.TestCase {
	return []report.TestCase{
		{File: "a.yaml", Name: "passes"},
		{File: "a.yaml", Name: "fails", Problems: []string{"expected Denied, got Accepted", `no message contains "x"`}, Messages: []string{"warning: <y>"}},
		{File: "b.yaml", Name: "fails\x1b[2J", Problems: []string{"open c.yaml: no such file"}},
	}
}

func TestWriteTests(t *testing.T) {
	for format, want := range map[report.Format]string{
		report.Text: `ok     a.yaml: passes
FAILED a.yaml: fails
         expected Denied, got Accepted
         no message contains "x"
         message: warning: <y>
FAILED b.yaml: fails\x1b[2J
         open c.yaml: no such file
         no messages
3 tests: 1 passed, 2 failed
`,
		report.JSON: `{
  "apiVersion": "cli.sluice.dev/v1alpha1",
  "kind": "PolicyTestResult",
  "tests": [
    {
      "file": "a.yaml",
      "name": "passes",
      "passed": true,
      "problems": [],
      "messages": []
    },
    {
      "file": "a.yaml",
      "name": "fails",
      "passed": false,
      "problems": [
        "expected Denied, got Accepted",
        "no message contains \"x\""
      ],
      "messages": [
        "warning: <y>"
      ]
    },
    {
      "file": "b.yaml",
      "name": "fails\u001b[2J",
      "passed": false,
      "problems": [
        "open c.yaml: no such file"
      ],
      "messages": []
    }
  ],
  "summary": {
    "passed": 1,
    "failed": 2
  }
}
`,
		report.YAML: `apiVersion: cli.sluice.dev/v1alpha1
kind: PolicyTestResult
summary:
  failed: 2
  passed: 1
tests:
- file: a.yaml
  messages: []
  name: passes
  passed: true
  problems: []
- file: a.yaml
  messages:
  - 'warning: <y>'
  name: fails
  passed: false
  problems:
  - expected Denied, got Accepted
  - no message contains "x"
- file: b.yaml
  messages: []
  name: "fails\e[2J"
  passed: false
  problems:
  - 'open c.yaml: no such file'
`,
		report.JUnit: `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sluice policy test" tests="3" failures="2" errors="0">
  <testsuite name="a.yaml" tests="2" failures="1" errors="0" skipped="0">
    <testcase name="passes" classname="a.yaml" file="a.yaml"></testcase>
    <testcase name="fails" classname="a.yaml" file="a.yaml">
      <failure type="expectation" message="expected Denied, got Accepted">expected Denied, got Accepted&#xA;no message contains &#34;x&#34;</failure>
      <system-out>warning: &lt;y&gt;</system-out>
    </testcase>
  </testsuite>
  <testsuite name="b.yaml" tests="1" failures="1" errors="0" skipped="0">
    <testcase name="fails�[2J" classname="b.yaml" file="b.yaml">
      <failure type="expectation" message="open c.yaml: no such file">open c.yaml: no such file</failure>
    </testcase>
  </testsuite>
</testsuites>
`,
	} {
		t.Run(string(format), func(t *testing.T) {
			var out strings.Builder
			if err := report.WriteTests(&out, format, testCases(), report.Options{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestUnknownTestFormatIsRefused(t *testing.T) {
	for _, name := range []string{"sarif", "github", ""} {
		if f, err := report.ParseTestFormat(name); err == nil {
			t.Errorf("%q is %s", name, f)
		}
	}
}
