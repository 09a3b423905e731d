package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

const output = `{"Action":"start","Package":"p"}
{"Action":"run","Test":"TestA"}
{"Action":"output","Test":"TestA","Output":"    a_test.go:1: wrong\n"}
{"Action":"fail","Test":"TestA","Elapsed":1}
{"Action":"pass","Test":"TestB/part","Elapsed":1}
{"Action":"pass","Test":"TestB","Elapsed":1}
{"Action":"skip","Test":"TestC","Elapsed":0}
{"Action":"output","Output":"FAIL\n"}
{"Action":"fail","Package":"p","Elapsed":154.2}
`

func TestTheOutputOfASuiteIsCounted(t *testing.T) {
	var failures strings.Builder
	got, err := count(strings.NewReader(output), &failures)
	if err != nil {
		t.Fatal(err)
	}
	want := line{Release: "1.30", Suite: "install", Result: "failed: TestA; skipped: TestC", Tests: 2, Minutes: 3}
	if l := got.line("1.30", "install"); l != want {
		t.Errorf("got  %+v\nwant %+v", l, want)
	}
	if !strings.Contains(failures.String(), "a_test.go:1: wrong") {
		t.Errorf("printed %q", failures.String())
	}
	if _, err := count(strings.NewReader("not JSON"), &failures); err == nil {
		t.Error("text that is not JSON was read")
	}
}

func TestASuiteThatDidNotRunFailed(t *testing.T) {
	for name, c := range map[string]struct {
		tally tally
		want  string
	}{
		"passed":        {tally{passed: []string{"TestA"}, ok: true, elapsed: time.Second}, "passed"},
		"did not start": {tally{}, "failed"},
	} {
		if got := c.tally.line("1.30", "install").Result; got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestALineReplacesTheEarlierOne(t *testing.T) {
	page := "before\n" + begin + end + "after\n"
	var err error
	for _, l := range []line{
		{"1.37", "admission", passed, 20, 1}, {"1.30", "policies", "failed: TestA", 40, 4}, {"1.30", "admission", passed, 20, 1}, {"1.30", "policies", passed, 40, 5},
	} {
		if page, err = update(page, l); err != nil {
			t.Fatal(err)
		}
	}
	const want = "| 1.30 | `admission` | 20 | passed | 1 |\n| 1.30 | `policies` | 40 | passed | 5 |\n| 1.37 | `admission` | 20 | passed | 1 |\n" + end + "after\n"
	if !strings.HasPrefix(page, "before\n"+begin) || !strings.HasSuffix(page, want) {
		t.Errorf("got\n%s", page)
	}
	if _, err := update("no markers", line{}); !errors.Is(err, errNoMarkers) {
		t.Errorf("got %v", err)
	}
}

func TestTheReleasesAreInOrder(t *testing.T) {
	got, err := releases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if v := variable("1.30", got) + variable("1.37", got); v != "SLUICE_KUBERNETES=1.30SLUICE_KUBERNETES=" {
		t.Errorf("got %s", v)
	}
}
