package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/validation/policy"
)

// manifest is a policy as a file has it.
func manifest(name, spec string) string {
	return "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: " + name + "}\nspec: " + spec + "\n"
}

// indented is text as an item of a YAML list.
func indented(text string) string {
	return "- " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}

func TestReadFindsThePoliciesOfAFile(t *testing.T) {
	deny := `{deny: [{}]}`
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"no document":            {"", nil},
		"comments only":          {"# nothing yet\n---\n# here neither\n", nil},
		"one document":           {manifest("a", deny), []string{"a"}},
		"several documents":      {manifest("a", deny) + "---\n" + manifest("b", deny) + "--- # the last\n" + manifest("c", deny), []string{"a", "b", "c"}},
		"JSON":                   {`{"apiVersion":"sluice.dev/v1alpha1","kind":"FlowExportPolicy","metadata":{"name":"a"},"spec":{"deny":[{}]}}`, []string{"a"}},
		"a List":                 {"apiVersion: v1\nkind: List\nitems:\n" + indented(manifest("a", deny)) + indented(manifest("b", deny)), []string{"a", "b"}},
		"a FlowExportPolicyList": {"apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicyList\nitems:\n" + indented(manifest("a", deny)), []string{"a"}},
		"a List in a List":       {"kind: List\nitems:\n" + indented("kind: List\nitems:\n"+indented(manifest("a", deny))), []string{"a"}},
		"an empty List":          {"apiVersion: v1\nkind: List\nitems: []\n", nil},
		"other kinds":            {"apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n---\n" + manifest("a", deny) + "---\nspec: {}\n", []string{"a"}},
		"as the API server gives it back": {
			strings.Replace(manifest("a", deny), "{name: a}", "{name: a, uid: 1-2, generation: 3, creationTimestamp: \"2026-01-01T00:00:00Z\"}", 1) +
				"status: {observedGeneration: 3, violationCount: 0}\n",
			[]string{"a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := policy.Read("p.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range list {
				got = append(got, p.Name)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A key that says nothing would restrict less than was meant.
func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"another version":                 {strings.Replace(manifest("a", `{deny: [{}]}`), "v1alpha1", "v1", 1), "FlowExportPolicy of sluice.dev/v1 is unknown; write apiVersion: sluice.dev/v1alpha1"},
		"no version":                      {"kind: FlowExportPolicy\nmetadata: {name: a}\nspec: {deny: [{}]}\n", "write apiVersion: sluice.dev/v1alpha1"},
		"an unknown key":                  {manifest("a", `{deny: [{network: [10.0.0.0/8]}]}`), `FlowExportPolicy a: unknown field "spec.deny[0].network"`},
		"an unknown key next to the spec": {manifest("a", `{deny: [{}]}`) + "specs: {}\n", `unknown field "specs"`},
		"a key in another case":           {manifest("a", `{deny: [{}], Allow: [{}]}`), `unknown field "spec.Allow"`},
		"the kind in another case":        {strings.Replace(manifest("a", `{deny: [{}]}`), "kind:", "Kind:", 1), `unknown field "Kind"`},
		"a duplicate key":                 {manifest("a", `{deny: [{}], deny: [{formats: [SFlow]}]}`), `key "deny" already set in map`},
		"a wrong type":                    {manifest("a", `{deny: {}}`), "FlowExportPolicy a: spec.deny: is an object, but must be a list"},
		"no YAML":                         {"kind: [FlowExportPolicy\n", "not valid YAML"},
		"no object":                       {"- kind: FlowExportPolicy\n", "not an object; write apiVersion"},
		"a rule of the schema":            {manifest("a", `{maxCollectors: 11}`), "FlowExportPolicy a: spec.maxCollectors: 11 is not a number from 0 to 10"},
		"no name":                         {manifest(`""`, `{deny: [{}]}`), "metadata.name: is missing"},
		"a number that is too large":      {manifest("a", `{maxCollectors: 4294967297}`), "FlowExportPolicy a: spec.maxCollectors: is the number 4294967297, but must be a whole number"},
		"a duplicate key in a List":       {"kind: List\nitems:\n" + indented(manifest("a", `{allow: [{formats: [IPFIX]}], allow: [{}]}`)), `key "allow" already set in map`},
		"a duplicate kind":                {manifest("a", `{deny: [{}]}`) + "kind: Other\n", `key "kind" already set in map`},
		"more behind the end":             {manifest("a", `{deny: [{}]}`) + "...\n" + manifest("b", `{deny: [{}]}`), `write "---" between documents`},
		"an item of a List":               {"kind: List\nitems:\n" + indented(manifest("a", `{deny: [{}], allows: []}`)), `FlowExportPolicy a: unknown field "spec.allows"`},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := policy.Read("dir/p.yaml", []byte(c.text))
			if err == nil {
				t.Fatalf("read %v", list)
			}
			if !strings.HasPrefix(err.Error(), "dir/p.yaml: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q does not say %q", err, c.want)
			}
			if len(list) > 0 {
				t.Errorf("read %v all the same", list)
			}
		})
	}
}

func TestReadTellsEverythingAtOnce(t *testing.T) {
	list, err := policy.Read("p.yaml", []byte(manifest("a", `{}`)+"---\n"+manifest("b", `{deny: [{}]}`)+"---\n"+manifest("c", `{removal: Some}`)))
	if err == nil || strings.Count(err.Error(), "p.yaml: FlowExportPolicy ") != 2 {
		t.Errorf("want an error for each of two policies, got %v", err)
	}
	if len(list) != 1 || list[0].Name != "b" {
		t.Errorf("read %v", list)
	}
}
