package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

	"sluice/api/v1alpha1"
)

// FromJSON reads one FlowExportPolicy object. A key of the spec that this version doesn't
// know is an error, because it may restrict; what a newer API server adds to the metadata, or
// a newer Sluice to the status, is not. With an error come the policy's name and its exempt
// users, as far as they can be read.
func FromJSON(encoded []byte) (Policy, error) {
	var o struct {
		metav1.TypeMeta `json:",inline"`
		Metadata        metav1.ObjectMeta             `json:"metadata"`
		Spec            v1alpha1.FlowExportPolicySpec `json:"spec"`
		Status          json.RawMessage               `json:"status"`
	}
	unknown, err := kjson.UnmarshalStrict(encoded, &o)
	closed := Policy{Name: o.Metadata.Name, Exempt: readExempt(encoded), Namespaces: readNamespaces(encoded)}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return closed, fmt.Errorf("%s: is %s, but must be %s", wrong.Field, article(wrong.Value), inJSON(wrong.Type))
	}
	if err != nil {
		return closed, err
	}
	var problems []error
	for _, u := range unknown {
		if !strings.Contains(u.Error(), ` field "metadata.`) {
			problems = append(problems, u)
		}
	}
	problems = append(problems, nullFields(encoded)...)
	if len(problems) > 0 {
		return closed, errors.Join(problems...)
	}
	p, err := FromObject(v1alpha1.FlowExportPolicy{ObjectMeta: o.Metadata, Spec: o.Spec})
	if err != nil {
		return closed, err
	}
	return p, nil
}

// article writes the name of a JSON type, or a number, as part of a sentence.
func article(value string) string {
	switch {
	case strings.HasPrefix(value, "number "):
		return "the " + value
	case value == "object" || value == "array":
		return "an " + value
	}
	return "a " + value
}

// inJSON names what a Go type is in JSON.
func inJSON(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Int32:
		return "a whole number of at most 2147483647"
	default:
		return "a " + t.Kind().String()
	}
}
