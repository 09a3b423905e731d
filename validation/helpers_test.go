package validation_test

import (
	"fmt"
	"strings"
	"testing"

	"sluice/validation"
)

// parse reads JSON that the test itself wrote.
func parse(t testing.TB, text string) validation.Value {
	t.Helper()
	if text == "" {
		return validation.Value{}
	}
	v, err := validation.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("the test's own JSON %s: %v", text, err)
	}
	return v
}

// network is a Network named cluster with spec.exportNetworkFlows.
func network(t testing.TB, flows string) validation.Object {
	t.Helper()
	return validation.Object{Name: validation.ClusterName, ExportNetworkFlows: parse(t, flows)}
}

// flowsConfig is the ConfigMap with some data.
func flowsConfig(t testing.TB, data string) validation.Object {
	t.Helper()
	return validation.Object{
		Resource: validation.FlowsConfig, Name: validation.FlowsConfigName,
		Namespace: validation.FlowsConfigNamespace, Data: parse(t, data),
	}
}

// update is the change of one object into another.
func update(old, object validation.Object) validation.Input {
	return validation.Input{Operation: validation.Update, Object: object, Old: &old}
}

// list is a list of one format with collectors.
func list(format validation.Format, collectors ...string) string {
	quoted := make([]string, len(collectors))
	for i, c := range collectors {
		quoted[i] = quoteJSON(c)
	}
	return fmt.Sprintf(`{%q:{"collectors":[%s]}}`, format.Field(), strings.Join(quoted, ","))
}

// brief is a verdict in a few words: the outcome, then a line for each error, warning,
// denial and edit.
func brief(v validation.Verdict) []string {
	lines := []string{string(v.Outcome())}
	for _, f := range v.Errors {
		lines = append(lines, briefFinding("error", f))
	}
	for _, d := range v.Denials {
		lines = append(lines, "denial "+d.Source())
	}
	for _, f := range v.Warnings {
		lines = append(lines, briefFinding("warning", f))
	}
	for _, e := range v.Edits {
		switch {
		case e.Remove:
			lines = append(lines, "remove "+e.Pointer)
		case e.List != nil:
			lines = append(lines, fmt.Sprintf("replace %s %q", e.Pointer, e.List))
		default:
			lines = append(lines, fmt.Sprintf("replace %s %q", e.Pointer, e.Text))
		}
	}
	return lines
}

func briefFinding(what string, f validation.Finding) string {
	line := fmt.Sprintf("%s %s %s", what, f.Rule, strings.TrimPrefix(f.Field, "spec.exportNetworkFlows."))
	if strings.HasPrefix(f.Message, "kept because") {
		line += " (unchanged)"
	}
	if f.Suggestion != "" {
		line += " -> " + f.Suggestion
	}
	return line
}

// many are n distinct collectors.
func many(n int) []string {
	collectors := make([]string, n)
	for i := range collectors {
		collectors[i] = fmt.Sprintf("10.%d.%d.%d:2055", i>>16&0xff, i>>8&0xff, i&0xff)
	}
	return collectors
}
