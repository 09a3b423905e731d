package document

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sluice/validation"
)

var errDiffers = errors.New("the new text would have a different meaning")

// verify parses a rewritten file. Each document must equal the old one with its edits, and nothing
// else may have changed.
func verify(fixed []byte, docs []Document, verdicts []validation.Verdict) error {
	again, err := Parse(docs[0].File, fixed)
	if err != nil {
		return err
	}
	if len(again) != len(docs) {
		return errDiffers
	}
	for i, d := range docs {
		want := d.inFile()
		if len(d.Findings) == 0 {
			want = edited(want, verdicts[i].Edits)
		}
		if got := again[i]; got.Kind != d.Kind || len(got.Findings) != len(d.Findings) || !equal(got.Object, want) {
			return fmt.Errorf("line %d: %w", d.Line, errDiffers)
		}
	}
	return nil
}

func equal(a, b validation.Object) bool {
	for _, f := range validation.Fields(a.Resource) {
		if !f.Of(&a).Equal(*f.Of(&b)) {
			return false
		}
	}
	return a.Resource == b.Resource && a.Name == b.Name && a.Namespace == b.Namespace && a.MergePatch == b.MergePatch
}

// edited makes the edits of a verdict in an object.
func edited(o validation.Object, edits []validation.Edit) validation.Object {
	for _, e := range edits {
		root, path := target(&o, e.Pointer)
		if root == nil || valueAt(o, e.Pointer).Kind == validation.Absent {
			continue
		}
		v := validation.Value{Kind: validation.String, Text: e.Text}
		switch {
		case e.Remove:
			v = validation.Value{Kind: validation.Null}
		case e.List != nil:
			v = validation.Value{Kind: validation.List}
			for _, text := range validation.Texts(e.List) {
				v.Items = append(v.Items, validation.Value{Kind: validation.String, Text: text})
			}
		}
		*root = withValue(*root, path, v)
	}
	return o
}

// withValue returns a value in which the value at a path is replaced. An absent one removes the
// key.
func withValue(in validation.Value, path []string, v validation.Value) validation.Value {
	if len(path) == 0 {
		return v
	}
	in.Members = slices.Clone(in.Members)
	for i, m := range in.Members {
		if m.Key != path[0] {
			continue
		}
		if in.Members[i].Value = withValue(m.Value, path[1:], v); in.Members[i].Value.Kind == validation.Absent {
			in.Members = slices.Delete(in.Members, i, i+1)
		}
		break
	}
	return in
}

// target returns the part of an object that a JSON pointer refers to, and the rest of the path.
func target(o *validation.Object, pointer string) (*validation.Value, []string) {
	path := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	switch {
	case o.Resource == validation.FlowExport && path[0] == specKey:
		return &o.ExportNetworkFlows, path[1:]
	case len(path) >= 2 && path[0] == specKey && path[1] == flowsKey:
		return &o.ExportNetworkFlows, path[2:]
	case path[0] == "data":
		return &o.Data, path[1:]
	}
	return nil, nil
}

// valueAt returns the value that a JSON pointer names.
func valueAt(o validation.Object, pointer string) validation.Value {
	root, path := target(&o, pointer)
	if root == nil {
		return validation.Value{}
	}
	v := *root
	for _, key := range path {
		v = v.Get(key)
	}
	return v
}
