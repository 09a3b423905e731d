package preview_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"sluice/applier/preview"
	"sluice/validation"
)

// The defaults without an API server are those of the schema: a profile with all objects gets each of them, and no other.
func TestTheDefaultsAreThoseOfTheSchema(t *testing.T) {
	text, err := os.ReadFile("../../manifests/crds/sluice.dev_flowexportprofiles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var definition map[string]any
	if err := yaml.Unmarshal(text, &definition); err != nil {
		t.Fatal(err)
	}
	versions, _, err := unstructured.NestedSlice(definition, "spec", "versions")
	if err != nil || len(versions) != 1 {
		t.Fatalf("%d versions: %v", len(versions), err)
	}
	version, _ := versions[0].(map[string]any)
	schema, _, err := unstructured.NestedMap(version, "schema", "openAPIV3Schema", "properties", "spec")
	if err != nil {
		t.Fatal(err)
	}
	spec, want := map[string]any{}, []string{}
	defaults(schema, "spec", spec, &want)
	profile := map[string]any{"apiVersion": "sluice.dev/v1alpha1", "kind": "FlowExportProfile", "metadata": map[string]any{"name": "p"}, "spec": spec}
	got := []string{}
	flat(preview.WithDefaults(profile)["spec"], "spec", &got)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("defaults\n%s\nof the schema\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// defaults lists those of a schema, and makes an object with all inner objects and no values.
func defaults(schema map[string]any, path string, object map[string]any, list *[]string) {
	properties, _ := schema["properties"].(map[string]any)
	for name, p := range properties {
		property, _ := p.(map[string]any)
		if value, ok := property["default"]; ok {
			*list = append(*list, fmt.Sprintf("%s.%s=%v", path, name, value))
		}
		if property["type"] == "object" {
			inner := map[string]any{}
			object[name] = inner
			defaults(property, path+"."+name, inner, list)
		}
	}
}

func flat(value any, path string, list *[]string) {
	object, ok := value.(map[string]any)
	if !ok {
		*list = append(*list, fmt.Sprintf("%s=%v", path, value))
		return
	}
	for name, inner := range object {
		flat(inner, path+"."+name, list)
	}
}

// Without an API server, what its schema refuses is not planned.
func TestWhatTheSchemaRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"{ipfix: {sampling: 1}}":                       "spec.ipfix.sampling: 1 sends every packet",
		"{sFlow: {sampling: 1}}":                       "spec.sFlow.sampling: 1 sends every packet",
		"{ipfix: {sampling: 1}, allowUnsampled: true}": "",
		"{drops: {collectorSet: 42}}":                  "42 is reserved for OVN-Kubernetes",
		"{drops: {domain: 255}}":                       "spec.drops.domain",
		"{priority: 2000000}":                          "spec.priority",
		"{mode: Paused}":                               "spec.mode",
		"{ipfix: {observationDomain: Node}}":           "spec.ipfix.observationDomain",
		"{drops: {}, ipfix: {}, mode: Observe}":        "",
	} {
		in, objects, err := preview.Read(nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := preview.Merge(&in, "p.yaml", []byte(profileHead+"metadata: {name: p}\nspec: "+spec+"\n"), objects); err != nil {
			t.Fatal(err)
		}
		got, err := objects.Refused(preview.ID{Resource: validation.Profile, Name: "p"})
		if err != nil || !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q, %v", spec, got, err)
		}
	}
}
