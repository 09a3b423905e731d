package document_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/internal/document"
	"sluice/validation"
)

// describe returns a line with the identity, the collectors and the findings of a document.
func describe(d document.Document) string {
	text := fmt.Sprintf("%s:%d %s %s", d.File, d.Line, d.Kind, d.Name)
	v := validation.Review(validation.Input{Object: d.Object})
	for _, f := range validation.Formats() {
		if list := v.Flows.Of(f); len(list) > 0 {
			text += " " + f.Field() + "=" + strings.Join(validation.Texts(list), ",")
		}
	}
	for _, f := range append(v.Errors, d.Findings...) {
		text += fmt.Sprintf(" %d:%d %s %s", f.Position.Line, f.Position.Column, f.Field, f.Rule)
	}
	return text
}

func TestParse(t *testing.T) {
	const flows = "spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1:2055]}}}\n"
	const network = "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\n"
	const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":                     {"", nil},
		"only comments":             {"# nothing\n---\n# here\n---\n", nil},
		"scalars and lists":         {"---\n1\n---\n[a]\n---\nnull\n", nil},
		"other kinds":               {"apiVersion: v1\nkind: Service\n" + flows, nil},
		"other Network":             {"apiVersion: example.com/v1\nkind: Network\n" + flows, nil},
		"other patch":               {"spec: {replicas: 3}", nil},
		"Network":                   {network + flows, []string{"a.yaml:1 Network cluster netFlow=192.0.2.1:2055"}},
		"Network without the field": {network, []string{"a.yaml:1 Network cluster"}},
		"byte order mark, carriage returns, comment first": {"\uFEFF# x\r\n---\r\n\r\n" + strings.ReplaceAll(network+flows, "\n", "\r\n"), []string{"a.yaml:4 Network cluster netFlow=192.0.2.1:2055"}},
		"documents":           {"---\n" + network + "---\n" + flows + "...\n---\n" + network, []string{"a.yaml:2 Network cluster", "a.yaml:6 Patch  netFlow=192.0.2.1:2055", "a.yaml:9 Network cluster"}},
		"patch that is null":  {"spec:\n  exportNetworkFlows:\n", []string{"a.yaml:1 Patch "}},
		"List":                {"apiVersion: v1\nkind: List\nitems:\n- " + indent(network+flows) + "\n- {apiVersion: v1, kind: Pod}\n", []string{"a.yaml:4 Network cluster netFlow=192.0.2.1:2055"}},
		"NetworkList":         {"apiVersion: operator.openshift.io/v1\nkind: NetworkList\nitems:\n- metadata: {name: cluster}\n", []string{"a.yaml:4 Network cluster"}},
		"other NetworkList":   {"apiVersion: config.openshift.io/v1\nkind: NetworkList\nitems:\n- metadata: {name: cluster}\n", nil},
		"ConfigMap":           {config + "}\ndata: {sharedTarget: '192.0.2.1:4739'}\n", []string{"a.yaml:1 ConfigMap ovs-flows-config ipfix=192.0.2.1:4739"}},
		"ConfigMap, its data": {config + ", namespace: openshift-network-operator}\ndata: {sampling: 400}\ndata: {nodePort: '1'}\n", []string{"a.yaml:1 ConfigMap ovs-flows-config ipfix=:1 5:1 data duplicate-field"}},
		"ConfigMap elsewhere": {config + ", namespace: default}\n", nil},
		"other ConfigMap":     {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n", nil},
		"ConfigMapList":       {"apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: ovs-flows-config}, data: {nodePort: '2055'}}]\n", []string{"a.yaml:3 ConfigMap ovs-flows-config ipfix=:2055"}},
		"types":               {"spec:\n  exportNetworkFlows:\n    netFlow: {collectors: [1, 1.5, true, ~, 2001-01-01, {}, [], !!str 1]}\n", []string{"a.yaml:1 Patch  " + wrongTypes}},
		"one letter off": {
			network + "spec:\n  exportNetworkflows: {}\n  exportNetworkFlow: {}\n  exportNetwrokFlows: {}\n  exportNetworkFlowz: {}\n  exporters: {}\n",
			[]string{"a.yaml:1 Network cluster 5:3 spec.exportNetworkflows unknown-field 6:3 spec.exportNetworkFlow unknown-field 7:3 spec.exportNetwrokFlows unknown-field 8:3 spec.exportNetworkFlowz unknown-field"},
		},
		"misplaced": {
			network + "exportNetworkFlows: {}\nSpec: {}\nspec: {netFlow: {collectors: []}}\n",
			[]string{"a.yaml:1 Network cluster 4:1 exportNetworkFlows unknown-field 5:1 Spec unknown-field 6:8 spec.netFlow unknown-field"},
		},
		"patch, one letter off": {"spec:\n  exportnetworkflows: {}\n", []string{"a.yaml:1 Patch  2:3 spec.exportnetworkflows unknown-field"}},
		"duplicate keys": {
			network + "spec: {}\nspec:\n  exportNetworkFlows: {}\n  exportNetworkFlows:\n    netFlow: {collectors: [192.0.2.1:2055]}\n",
			[]string{"a.yaml:1 Network cluster netFlow=192.0.2.1:2055 5:1 spec duplicate-field 7:3 spec.exportNetworkFlows duplicate-field"},
		},
		"spec of a wrong type":                  {network + "spec: []\n", []string{"a.yaml:1 Network cluster 4:7 spec wrong-type"}},
		"config.openshift.io":                   {"apiVersion: config.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\n" + flows, []string{"a.yaml:1 Network cluster 4:8 spec.exportNetworkFlows unknown-field"}},
		"config.openshift.io without the field": {"apiVersion: config.openshift.io/v1\nkind: Network\nspec: {networkType: x}\n", nil},
		"aliases and merge keys": {
			network + "x: &flows {netFlow: &n {collectors: &c [&a 192.0.2.1:2055]}}\nspec: {exportNetworkFlows: {<<: [*flows, {netFlow: 1}], sFlow: {<<: *n}, ipfix: {<<: *n, collectors: [*a]}}}\n",
			[]string{"a.yaml:1 Network cluster netFlow=192.0.2.1:2055 sFlow=192.0.2.1:2055 ipfix=192.0.2.1:2055"},
		},
		"JSON":            {"{\"apiVersion\": \"operator.openshift.io/v1\", \"kind\": \"Network\", \"metadata\": {\"name\": \"\\ud83d\\ude00\"},\n\t\"spec\": {\"exportNetworkFlows\": {\"netFlow\": {\"collectors\": [\"a/\\u0062\"]}}}}", []string{"a.yaml:1 Network 😀 2:61 spec.exportNetworkFlows.netFlow.collectors[0] cidr 2:61 spec.exportNetworkFlows.netFlow.collectors[0] missing-port"}},
		"several JSON":    {"{\"spec\": {\"exportNetworkFlows\": null}}\n{\"spec\": {\"exportNetworkFlows\": 1e3}}", []string{"a.yaml:1 Patch ", "a.yaml:2 Patch  2:33 spec.exportNetworkFlows wrong-type"}},
		"YAML as by JSON": {"{spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1:2055]}}}} # flow style\n", []string{"a.yaml:1 Patch  netFlow=192.0.2.1:2055"}},
		"wide characters": {"spec: {exportNetworkFlows: {é世: 1, x: 2}}\n", []string{"a.yaml:1 Patch  1:29 spec.exportNetworkFlows[\"\\u00e9\\u4e16\"] unknown-field 1:36 spec.exportNetworkFlows.x unknown-field"}},
		"same, in JSON":   {"{\"spec\": {\"exportNetworkFlows\": {\"é世\": 1, \"x\": 2}}}\n", []string{"a.yaml:1 Patch  1:34 spec.exportNetworkFlows[\"\\u00e9\\u4e16\"] unknown-field 1:43 spec.exportNetworkFlows.x unknown-field"}},
	} {
		t.Run(name, func(t *testing.T) {
			docs, err := document.Parse("a.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range docs {
				got = append(got, describe(d))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
		})
	}
}

// wrongTypes are the findings in a list with a value of every YAML type. The date and the tagged
// number are strings.
const wrongTypes = "3:28 spec.exportNetworkFlows.netFlow.collectors[0] wrong-type " +
	"3:31 spec.exportNetworkFlows.netFlow.collectors[1] wrong-type " +
	"3:36 spec.exportNetworkFlows.netFlow.collectors[2] wrong-type " +
	"3:42 spec.exportNetworkFlows.netFlow.collectors[3] wrong-type " +
	"3:45 spec.exportNetworkFlows.netFlow.collectors[4] not-an-address " +
	"3:45 spec.exportNetworkFlows.netFlow.collectors[4] missing-port " +
	"3:57 spec.exportNetworkFlows.netFlow.collectors[5] wrong-type " +
	"3:61 spec.exportNetworkFlows.netFlow.collectors[6] wrong-type " +
	"3:65 spec.exportNetworkFlows.netFlow.collectors[7] not-an-address " +
	"3:65 spec.exportNetworkFlows.netFlow.collectors[7] missing-port"

func indent(text string) string {
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		documents  int
	}{
		"not YAML":      {"a: [\n", "a.yaml:1: not valid YAML: did not find expected node content", 0},
		"second":        {smallDocument + "---\na: b: c\n", "a.yaml:14: not valid YAML: mapping values are not allowed in this context", 1},
		"first line":    {"}", "a.yaml:1: not valid YAML: did not find expected node content", 0},
		"control":       {"a: 1\nb: \x02\n", "a.yaml:2: not valid YAML: control characters are not allowed", 0},
		"not JSON":      {"{\"a\": 1,\n \"b\": tru}{", "a.yaml:2: not valid JSON: column 10: invalid character '}' in literal true (expecting 'e')", 0},
		"open JSON":     {"{\"a\": [", "a.yaml:1: not valid JSON: column 8: unexpected EOF", 0},
		"separator":     {smallDocument + "--- {a: b}\n", `a.yaml:13: not valid YAML: kubectl takes only a comment after "---"; begin the document on the next line`, 0},
		"dots":          {smallDocument + "...\n---\na: 1\n...\n--- # x\na: 1\n...\n%YAML 1.1\n", "a.yaml:20: not valid YAML: did not find expected <document start>", 1},
		"no kind":       {"apiVersion: operator.openshift.io/v1\nspec: {exportNetworkFlows: {}}\n", "a.yaml:1: the object has no kind, so kubectl refuses the file", 0},
		"no apiVersion": {smallDocument + "---\n# Source: x\nkind: Network\nspec: {exportNetworkFlows: {}}\n", "a.yaml:15: the object has no apiVersion, so kubectl refuses the file", 1},
		"unknown alias": {"a: 1\nb: *b\n", "a.yaml:2: not valid YAML: unknown anchor 'b' referenced", 0},
		"self":          {"spec:\n  exportNetworkFlows: &a\n    x: *a\n", "a.yaml:2: nested deeper than 64 levels, or an alias contains itself", 0},
	} {
		t.Run(name, func(t *testing.T) {
			docs, err := document.Parse("a.yaml", []byte(c.text))
			if err == nil || err.Error() != c.want || len(docs) != c.documents {
				t.Errorf("%d documents, error %v, want %d and %s", len(docs), err, c.documents, c.want)
			}
		})
	}
}

// A few lines of aliases can expand to billions of values.
func TestParseBoundsAliases(t *testing.T) {
	var lists, merges strings.Builder
	lists.WriteString("x0: &x0 [192.0.2.1:2055]\n")
	merges.WriteString("x0: &x0 {a: 1}\n")
	for i := range 12 {
		line := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d, ", i), 10), ", ")
		fmt.Fprintf(&lists, "x%d: &x%d [%s]\n", i+1, i+1, line)
		fmt.Fprintf(&merges, "x%d: &x%d {<<: [%s]}\n", i+1, i+1, line)
	}
	wide := "x0: &x0 {" + strings.Repeat("a: 1, ", 2000) + "}\nspec: {<<: [" + strings.Repeat("*x0, ", 100) + "], exportNetworkFlows: 1}\n"
	for name, text := range map[string]string{
		"values":     lists.String() + "spec: {exportNetworkFlows: *x12}\n",
		"merge keys": merges.String() + "spec: {exportNetworkFlows: *x12}\n",
		"wide":       wide,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := document.Parse("a.yaml", []byte(text))
			if err == nil || !strings.Contains(err.Error(), "aliases expand to more than 100000 values") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// kubectl skips every blank of Unicode before a JSON object.
func TestBlanksOfUnicode(t *testing.T) {
	const object = `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"},"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.1:2055"]}}}}`
	for _, blank := range []string{"\u00a0", "\u2003", "\u3000", "\v", "\f", " \u00a0\n", "\u0085"} {
		for text, want := range map[string]int{blank + object: 1, object + "\n" + blank + object: 2, object + blank + object + blank: 2} {
			docs, err := document.Parse("a.json", []byte(text))
			if err != nil || len(docs) != want {
				t.Errorf("%q: %d documents, error %v", text, len(docs), err)
			}
		}
		if docs, err := document.Parse("a.yaml", []byte(object+"\n---\n\u00a0"+object)); err == nil {
			t.Errorf("a text is no error: %d documents", len(docs))
		}
	}
}
