package validation_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	"sluice/validation"
)

// schema is what the tests use of a schema in a CRD.
type schema struct {
	Type             string            `json:"type"`
	Minimum, Maximum *float64          `json:",omitempty"`
	Properties       map[string]schema `json:"properties"`
}

func profileSchema(t *testing.T) schema {
	t.Helper()
	text, err := os.ReadFile("../manifests/crds/sluice.dev_flowexportprofiles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema schema `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	return crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
}

func profileOf(t *testing.T, spec string) validation.Object {
	t.Helper()
	return validation.Object{Resource: validation.Profile, Name: "all", Profile: parse(t, spec)}
}

// profileRules are the rules that a profile in a file breaks.
func profileRules(t *testing.T, spec string) []string {
	t.Helper()
	o := profileOf(t, spec)
	rules := validation.Review(validation.Input{Object: o}).Rules()
	for _, f := range validation.DroppedFromProfile(o.Profile) {
		rules = append(rules, string(f.Rule))
	}
	return slices.DeleteFunc(rules, func(r string) bool { return r == string(validation.RuleSparseSampling) })
}

// The review has the fields and the ranges of the CRD, each as it is there.
func TestAProfileIsReviewedByTheFieldsOfItsCRD(t *testing.T) {
	numbers := 0
	check := func(spec, want string) {
		t.Helper()
		if got := fmt.Sprint(profileRules(t, spec)); got != "["+want+"]" {
			t.Errorf("%s: %s, want [%s]", spec, got, want)
		}
	}
	var walk func(s schema, wrap func(string) string)
	walk = func(s schema, wrap func(string) string) {
		check(wrap(`{"unknown":1}`), "unknown-field")
		for name, field := range s.Properties {
			inside := func(value string) string { return wrap(fmt.Sprintf(`{%q:%s}`, name, value)) }
			check(inside("null"), "")
			check(inside("[]"), "wrong-type")
			switch field.Type {
			case "integer":
				numbers++
				for _, n := range []float64{*field.Minimum, *field.Maximum} {
					check(inside(fmt.Sprintf("%.0f", n)), "")
				}
				check(inside(fmt.Sprintf("%.0f", *field.Minimum-1)), "out-of-range")
				check(inside(fmt.Sprintf("%.0f", *field.Maximum+1)), "out-of-range")
				check(inside("1.5"), "wrong-type")
			case "object":
				if name != "nodeSelector" { // its keys are checked by the API server
					walk(field, inside)
				}
			case "boolean":
				check(inside("true"), "")
			case "string":
				check(inside(`"a"`), "")
			default:
				t.Errorf("%s is of type %q", name, field.Type)
			}
		}
	}
	walk(profileSchema(t), func(value string) string { return value })
	if numbers < 10 {
		t.Errorf("the CRD has %d numbers", numbers)
	}
}

func TestKeysOfAProfileThatTheAPIServerDrops(t *testing.T) {
	for spec, want := range map[string]string{
		`{"ipfix":{"samplng":5}}`:                `spec.ipfix.samplng: is not a known field; the API server drops it, so it has no effect; write "sampling"`,
		`{"IPFIX":{"sampling":5}}`:               `spec.IPFIX: is not a known field; the API server drops it, so it has no effect; write "ipfix"`,
		`{"drops":{"rate":1}}`:                   `spec.drops.rate: is not a known field; the API server drops it, so it has no effect; allowed here: collectorSet, domain`,
		`{"sFlow":{"sampling":5,"sampling":50}}`: `spec.sFlow.sampling: duplicate key: only one of the two values would be kept; remove one`,
	} {
		found := validation.DroppedFromProfile(parse(t, spec))
		if len(found) != 1 || found[0].Line() != want {
			t.Errorf("%s: %+v", spec, found)
		}
	}
}

func TestAnUnchangedProfileIsNeverRefused(t *testing.T) {
	old := profileOf(t, `{"ipfix":{"sampling":"a"}}`)
	if v := validation.Review(update(old, old)); v.Outcome() != validation.Accepted {
		t.Errorf("%+v", v)
	}
	if v := validation.Review(update(old, profileOf(t, `{"ipfix":{"sampling":"b"}}`))); v.Outcome() != validation.Rejected {
		t.Errorf("%+v", v)
	}
}
