package policytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/internal/document"
	"sluice/validation"
	"sluice/validation/policy"
)

// Kind is the kind of a suite.
const Kind = "FlowExportPolicyTest"

// Suite is one file of tests.
type Suite struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Metadata may name the suite.
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	// Policies are files and directories, relative to the folder of the suite.
	Policies []string `json:"policies"`
	// ExemptUsers are users to whom no policy applies, like the flag --exempt-user.
	ExemptUsers []string `json:"exemptUsers"`
	// Normalization and IPFamilies are like the flags of "sluice check".
	Normalization string `json:"normalization"`
	IPFamilies    string `json:"ipFamilies"`
	Tests         []Test `json:"tests"`

	file string
}

// Test is one change by one user, and its expected verdict.
type Test struct {
	Name   string   `json:"name"`
	User   string   `json:"user"`
	Groups []string `json:"groups"`
	// Old is the stored object, and Object the one that the user writes: a Network, a merge
	// patch ("spec:" only), the ConfigMap, a FlowExportProfile or a FlowExport. Without Object, the user deletes the stored object.
	Old    *Manifest `json:"old"`
	Object *Manifest `json:"object"`
	// Namespace is what policies can depend on of the namespace of a FlowExport.
	Namespace TestNamespace `json:"namespace"`
	// Expect is the verdict: Accepted, Normalized, Rejected or Denied.
	Expect validation.Outcome `json:"expect"`
	// Messages are parts of the messages, each of which must occur. NotMessages must not occur.
	Messages    []string `json:"messages"`
	NotMessages []string `json:"notMessages"`
}

// TestNamespace is the namespace of a FlowExport.
type TestNamespace struct {
	// Name is used if the object names no namespace.
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	// OtherFlowExports is how many other FlowExports it has.
	OtherFlowExports int `json:"otherFlowExports"`
}

// Manifest is an object, or the name of a file with an object.
type Manifest struct {
	File string
	Text []byte
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *Manifest) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &m.File)
	}
	m.Text = append([]byte{}, text...)
	return nil
}

// Files reads files.
type Files interface {
	Read(name string) ([]byte, error)
	// Policies reads the policies of files and directories.
	Policies(paths []string) ([]policy.Policy, error)
}

// parse reads a suite; nil if the file is not a suite. Unknown keys are errors, because a
// misspelled expectation would be ignored.
func parse(file string, data []byte) (*Suite, error) {
	var head struct {
		Kind string `json:"kind"`
	}
	if err := yaml.Unmarshal(data, &head); err != nil || head.Kind != Kind {
		if err != nil && strings.Contains(string(data), Kind) {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return nil, nil //nolint:nilnil // not a suite
	}
	encoded, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	s := &Suite{file: file}
	unknown, err := kjson.UnmarshalStrict(encoded, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if s.APIVersion != v1alpha1.GroupVersion.String() {
		unknown = append(unknown, fmt.Errorf("apiVersion: %s has no version %q; write %s", Kind, s.APIVersion, v1alpha1.GroupVersion))
	}
	problems := append(unknown, s.check()...)
	for i, problem := range problems {
		problems[i] = fmt.Errorf("%s: %w", file, problem)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return s, nil
}

// check lists the problems of a suite.
func (s *Suite) check() []error {
	var problems []error
	fail := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if len(s.Policies) == 0 {
		fail("policies: is empty; name the files to test")
	}
	if len(s.Tests) == 0 {
		fail("tests: is empty; write at least one test")
	}
	names := map[string]bool{}
	for i, t := range s.Tests {
		switch {
		case t.Name == "":
			fail("tests[%d].name: is missing", i)
		case names[t.Name]:
			fail("tests[%d].name: %q is the name of another test; use a different one", i, t.Name)
		}
		names[t.Name] = true
		switch t.Expect {
		case validation.Accepted, validation.Normalized, validation.Rejected, validation.Denied:
		default:
			fail("tests[%d].expect: %q is unknown; use Accepted, Normalized, Rejected or Denied", i, t.Expect)
		}
		if t.Object == nil && t.Old == nil {
			fail("tests[%d]: has neither object nor old, so nothing changes; write at least one of them", i)
		}
		if t.User == "" && len(t.Groups) > 0 {
			fail("tests[%d].groups: there is no user; write user", i)
		}
	}
	return problems
}

// read reads the one object of a manifest.
func (s *Suite) read(files Files, m *Manifest) (document.Document, error) {
	name, data := s.file, m.Text
	if m.File != "" {
		var err error
		name = m.File
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(s.file), name)
		}
		if data, err = files.Read(name); err != nil {
			return document.Document{}, err
		}
	}
	documents, err := document.Parse(name, data)
	if err != nil {
		return document.Document{}, err
	}
	if len(documents) != 1 {
		return document.Document{}, fmt.Errorf("%s: has %d objects that Sluice checks; write exactly one: a Network, a patch for it, the ConfigMap %s, a FlowExportProfile, a FlowExport, or a FlowCollector", name, len(documents), validation.FlowsConfigName)
	}
	return documents[0], nil
}
