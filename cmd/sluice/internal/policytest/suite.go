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

// Kind is the kind of a suite's file.
const Kind = "FlowExportPolicyTest"

// Suite is one file of tests.
type Suite struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Metadata may name the suite.
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	// Policies are files and directories, seen from the suite's own folder.
	Policies []string `json:"policies"`
	// ExemptUsers are users to whom no policy applies, as --exempt-user names them.
	ExemptUsers []string `json:"exemptUsers"`
	// Normalization and IPFamilies are as the flags of "sluice check".
	Normalization string `json:"normalization"`
	IPFamilies    string `json:"ipFamilies"`
	Tests         []Test `json:"tests"`

	file string
}

// Test is one change of one user, and what is to come of it.
type Test struct {
	Name   string   `json:"name"`
	User   string   `json:"user"`
	Groups []string `json:"groups"`
	// Old is what is stored, Object what the user writes: a file, or the object itself, a
	// Network, a merge patch ("spec:" only) or the ConfigMap. Without Object the user
	// deletes what is stored.
	Old    *Manifest `json:"old"`
	Object *Manifest `json:"object"`
	// Expect is the verdict: Accepted, Normalized, Rejected or Denied.
	Expect validation.Outcome `json:"expect"`
	// Messages are parts of what the user is told; each must occur. NotMessages must not.
	Messages    []string `json:"messages"`
	NotMessages []string `json:"notMessages"`
}

// Manifest is an object, or the name of a file with one.
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

// Files is how files are read.
type Files interface {
	Read(name string) ([]byte, error)
	// Policies reads the policies of files and directories.
	Policies(paths []string) ([]policy.Policy, error)
}

// parse reads a suite; nil if the file holds something else. Unknown keys are errors: an
// expectation that is misspelt would expect nothing.
func parse(file string, data []byte) (*Suite, error) {
	var head struct {
		Kind string `json:"kind"`
	}
	if err := yaml.Unmarshal(data, &head); err != nil || head.Kind != Kind {
		if err != nil && strings.Contains(string(data), Kind) {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return nil, nil //nolint:nilnil // no suite
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
		unknown = append(unknown, fmt.Errorf("apiVersion: %s of %q is unknown; write %s", Kind, s.APIVersion, v1alpha1.GroupVersion))
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

// check lists what makes a suite none.
func (s *Suite) check() []error {
	var problems []error
	fail := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if len(s.Policies) == 0 {
		fail("policies: none; name the files to test")
	}
	if len(s.Tests) == 0 {
		fail("tests: none")
	}
	names := map[string]bool{}
	for i, t := range s.Tests {
		if t.Name == "" || names[t.Name] {
			fail("tests[%d].name: %q is missing or stands twice", i, t.Name)
		}
		names[t.Name] = true
		switch t.Expect {
		case validation.Accepted, validation.Normalized, validation.Rejected, validation.Denied:
		default:
			fail("tests[%d].expect: %q is unknown; choose Accepted, Normalized, Rejected or Denied", i, t.Expect)
		}
		if t.Object == nil && t.Old == nil {
			fail("tests[%d]: neither object nor old; nothing changes", i)
		}
		if t.User == "" && len(t.Groups) > 0 {
			fail("tests[%d].groups: without a user", i)
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
		return document.Document{}, fmt.Errorf("%s: holds %d objects that Sluice judges, want 1: a Network, a patch of one, or the ConfigMap %s", name, len(documents), validation.FlowsConfigName)
	}
	return documents[0], nil
}
