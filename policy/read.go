package policy

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/sluice-project/sluice/api/v1alpha1"
	"github.com/sluice-project/sluice/validation"
)

// Kind is the kind of the objects that are read.
const Kind = "FlowExportPolicy"

// Read reads the FlowExportPolicies of a YAML or JSON file with one or more documents; those
// of other kinds are left out. name is the file's name, for errors. Unknown keys are errors:
// a misspelt one would restrict less than was meant.
func Read(name string, data []byte) ([]validation.Policy, error) {
	var list []validation.Policy
	var problems []error
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		policies, err := readDocument(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
		list = append(list, policies...)
	}
	return list, errors.Join(problems...)
}

// readDocument reads one document: a policy, or a list of them.
func readDocument(text []byte) ([]validation.Policy, error) {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Items      []any  `json:"items"`
	}
	if err := sigsyaml.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("not valid YAML: %w", err)
	}
	switch {
	case head.Kind == "List" || head.Kind == Kind+"List":
		var list []validation.Policy
		var problems []error
		for _, item := range head.Items {
			text, err := sigsyaml.Marshal(item)
			if err != nil {
				return nil, fmt.Errorf("item of a list: %w", err)
			}
			policies, err := readDocument(text)
			problems = append(problems, err)
			list = append(list, policies...)
		}
		return list, errors.Join(problems...)
	case head.Kind != Kind:
		return nil, nil
	case head.APIVersion != v1alpha1.Version().String():
		return nil, fmt.Errorf("%s of %s is unknown; write apiVersion: %s", Kind, head.APIVersion, v1alpha1.Version())
	}
	// The API server drops keys that are unknown, also those in wrong case, which
	// encoding/json would take.
	encoded, err := sigsyaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Kind, err)
	}
	var o v1alpha1.FlowExportPolicy
	unknown, err := json.UnmarshalStrict(encoded, &o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Kind, err)
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%s %s: %w", Kind, o.Name, errors.Join(unknown...))
	}
	p, err := FromObject(o)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", Kind, o.Name, err)
	}
	return []validation.Policy{p}, nil
}
