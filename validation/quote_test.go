package validation_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sluice/validation"
)

// quoteJSON writes a string as JSON.
func quoteJSON(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(data)
}

func TestValuesAreQuotedAndCut(t *testing.T) {
	for value, want := range map[string]string{
		"":                           `""`,
		"10.0.0.1:2055":              `"10.0.0.1:2055"`,
		"a\nb\u00e9":                 `"a\nb\u00e9"`,
		strings.Repeat("x", 60):      `"` + strings.Repeat("x", 60) + `"`,
		strings.Repeat("x", 61):      `"` + strings.Repeat("x", 60) + `"... (61 bytes)`,
		strings.Repeat("\u20ac", 40): `"` + strings.Repeat(`\u20ac`, 40) + `"... (120 bytes)`,
	} {
		if got := validation.Quote(value); got != want {
			t.Errorf("Quote(%q) = %s, want %s", value, got, want)
		}
	}
}

func TestNamesOfThings(t *testing.T) {
	for got, want := range map[string]string{
		validation.Network.String():     "networks",
		validation.FlowsConfig.String(): "configmaps",
		validation.NetFlow.String():     "NetFlow",
		validation.SFlow.String():       "sFlow",
		validation.IPFIX.String():       "IPFIX",
		validation.Format(7).String():   "Format(7)",
		validation.Format(7).Field():    "Format(7)",
		validation.IPFIX.Field():        "ipfix",
		validation.Absent.String():      "nothing",
		validation.Null.String():        "null",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFindingsReadAsKubectlPrintsThem(t *testing.T) {
	f := validation.Finding{Rule: validation.RuleMissingPort, Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Value: "10.0.0.1", Message: "has no port"}
	if got, want := f.Text(), `"10.0.0.1": has no port [sluice/missing-port]`; got != want {
		t.Errorf("Text() = %s, want %s", got, want)
	}
	if got, want := f.Line(), `netFlow.collectors[0]: "10.0.0.1" has no port`; got != want {
		t.Errorf("Line() = %s, want %s", got, want)
	}
	f.Value = ""
	if got, want := f.Text(), `has no port [sluice/missing-port]`; got != want {
		t.Errorf("Text() = %s, want %s", got, want)
	}
	d := validation.Denial{Policies: []string{"team-a"}, Rule: "allow", Message: "is not allowed"}
	if got, want := d.Text(), `is not allowed [policy team-a/allow]`; got != want {
		t.Errorf("Text() = %s, want %s", got, want)
	}
	d.Value = "10.0.0.1:2055"
	if got, want := d.Text(), `"10.0.0.1:2055": is not allowed [policy team-a/allow]`; got != want {
		t.Errorf("Text() = %s, want %s", got, want)
	}
}
