package policy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
)

// Kind is the kind of the objects that are read.
const Kind = "FlowExportPolicy"

// Read reads the FlowExportPolicies of a YAML or JSON file with one or more documents; those
// of other kinds are ignored. name is the file's name, for errors. Unknown keys are errors:
// a misspelled one would restrict less than was meant.
func Read(name string, data []byte) ([]Policy, error) {
	var list []Policy
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
func readDocument(text []byte) ([]Policy, error) {
	if _, rest, more := bytes.Cut(text, []byte("\n...\n")); more && len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New(`"..." ends the document and more follows; write "---" between documents`)
	}
	encoded, err := sigsyaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, fmt.Errorf("not valid YAML: %w", err)
	}
	return readJSON(encoded)
}

// readJSON reads a document as the API server does: keys are compared exactly.
func readJSON(encoded []byte) ([]Policy, error) {
	switch encoded[0] {
	case 'n': // null: comments only
		return nil, nil
	case '{':
	default:
		return nil, errors.New("not an object; write apiVersion, kind, metadata and spec")
	}
	var head struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Items      []json.RawMessage `json:"items"`
		Misspelled any               `json:"Kind"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(encoded, &head); err != nil {
		return nil, fmt.Errorf("not an object of Kubernetes: %w", err)
	}
	switch {
	case head.Kind == "" && head.Misspelled != nil:
		return nil, errors.New(`unknown field "Kind"; write kind`)
	case head.Kind == "List" || head.Kind == Kind+"List":
		return readItems(head.Items)
	case head.Kind != Kind:
		return nil, nil
	case head.APIVersion != v1alpha1.GroupVersion.String():
		return nil, fmt.Errorf("%s of %s is unknown; write apiVersion: %s", Kind, head.APIVersion, v1alpha1.GroupVersion)
	}
	p, err := FromJSON(encoded)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.TrimSpace(Kind+" "+p.Name), err)
	}
	return []Policy{p}, nil
}

func readItems(items []json.RawMessage) ([]Policy, error) {
	var list []Policy
	var problems []error
	for _, item := range items {
		policies, err := readJSON(item)
		problems = append(problems, err)
		list = append(list, policies...)
	}
	return list, errors.Join(problems...)
}
