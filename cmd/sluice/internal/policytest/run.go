package policytest

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sluice/cmd/sluice/internal/report"
	"sluice/validation"
	"sluice/validation/policy"
)

// Run runs the suites in the files. Each problem is a file that can't be read; the tests of the
// other files run anyway.
func Run(paths []string, files Files) (results []report.TestCase, problems []error) {
	suites := 0
	for _, path := range paths {
		data, err := files.Read(path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		s, err := parse(path, data)
		if err != nil {
			problems = append(problems, err)
		}
		if s == nil {
			continue
		}
		suites++
		list, err := s.run(files)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", path, err))
		}
		results = append(results, list...)
	}
	if suites == 0 && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("found no %s", Kind))
	}
	return results, problems
}

func (s *Suite) run(files Files) ([]report.TestCase, error) {
	paths := slices.Clone(s.Policies)
	for i, p := range paths {
		if !filepath.IsAbs(p) {
			paths[i] = filepath.Join(filepath.Dir(s.file), p)
		}
	}
	list, err := files.Policies(paths)
	if err != nil {
		return nil, err
	}
	options, err := validation.ParseOptions(s.Normalization, s.IPFamilies)
	if err != nil {
		return nil, err
	}
	set := policy.Compile(list, append([]string{validation.OperatorUser}, s.ExemptUsers...)...)
	results := make([]report.TestCase, 0, len(s.Tests))
	for _, t := range s.Tests {
		r := report.TestCase{File: s.file, Name: t.Name}
		in, found, err := s.input(files, t)
		if err != nil {
			r.Problems = []string{err.Error()}
		} else {
			in.Namespace = t.Namespace.of(in.Object.Namespace)
			in.Options, in.User, in.Policies = options, policy.UserAsAuthenticated(t.User, t.Groups), set
			v := validation.Review(in)
			v.Errors = append(v.Errors, found...)
			compare(&r, t, v)
		}
		results = append(results, r)
	}
	return results, nil
}

// of is the namespace with the name that the object has, if it has one.
func (n TestNamespace) of(name string) validation.Namespace {
	return policy.NamespaceWithName(validation.Namespace{Labels: n.Labels, Others: n.OtherFlowExports}, cmp.Or(name, n.Name))
}

// input returns the change of a test, and the findings that only the text shows, such as misspelled keys,
// which the API server drops.
func (s *Suite) input(files Files, t Test) (in validation.Input, found []validation.Finding, err error) {
	in.Operation = validation.Create
	if t.Old == nil {
		d, err := s.read(files, t.Object)
		in.Object = d.Object
		return in, d.Findings, err
	}
	old, err := s.read(files, t.Old)
	if err != nil {
		return in, nil, err
	}
	in.Operation, in.Old = validation.Delete, &old.Object
	in.Object.Resource = old.Object.Resource
	if t.Object == nil {
		return in, old.Findings, nil
	}
	d, err := s.read(files, t.Object)
	if err != nil {
		return in, nil, err
	}
	found = append(found, old.Findings...)
	found = append(found, d.Findings...)
	if d.Object.Resource != old.Object.Resource {
		return in, nil, fmt.Errorf("old is in %s, but object is in %s; both must be of one resource", old.Object.Resource, d.Object.Resource)
	}
	in.Operation, in.Object = validation.Update, d.MergedInto(old).Object
	return in, found, nil
}

// compare adds the messages of a verdict, and how it differs from the expected one.
func compare(r *report.TestCase, t Test, v validation.Verdict) {
	for _, f := range v.Errors {
		r.Messages = append(r.Messages, "error: "+f.Line()+" [sluice/"+string(f.Rule)+"]")
	}
	for _, d := range v.Denials {
		r.Messages = append(r.Messages, "denied: "+d.Line())
	}
	for _, d := range v.Warned {
		r.Messages = append(r.Messages, "warning: accepted, but a policy warns: "+d.Line())
	}
	for _, d := range v.Audited {
		r.Messages = append(r.Messages, "audited: "+d.Line())
	}
	if allowed := cmp.Or(v.Allowed, v.AllowedWarned); allowed != "" {
		r.Messages = append(r.Messages, "allowed: "+allowed)
	}
	for _, f := range v.Warnings {
		r.Messages = append(r.Messages, "warning: "+f.Line()+" [sluice/"+string(f.Rule)+"]")
	}
	if got := v.Outcome(); got != t.Expect {
		r.Problems = append(r.Problems, fmt.Sprintf("expected %s, got %s", t.Expect, got))
	}
	all := strings.Join(r.Messages, "\n")
	for _, part := range t.Messages {
		if !strings.Contains(all, part) {
			r.Problems = append(r.Problems, fmt.Sprintf("no message contains %q", part))
		}
	}
	for _, part := range t.NotMessages {
		if strings.Contains(all, part) {
			r.Problems = append(r.Problems, fmt.Sprintf("a message contains %q", part))
		}
	}
}
