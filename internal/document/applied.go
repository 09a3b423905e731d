package document

import (
	"fmt"
	"slices"
	"strings"

	"sluice/validation"
)

// lastApplied is the annotation in which "kubectl apply" keeps what it applied last.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// AppliedTo returns the object that "kubectl apply" makes of a whole object and the stored one: maps
// are merged, lists are replaced, and what was applied before and is no longer in the file is removed.
// What was applied before is in the annotation of client-side apply or, without it, in the managed
// fields of the field manager of server-side apply. Patches are merged.
func (d Document) AppliedTo(old Document, fieldManager string) (Document, error) {
	if d.Object.MergePatch {
		return d.MergedInto(old), nil
	}
	before, err := old.applied(fieldManager)
	if err != nil {
		return d, fmt.Errorf("%s:%d: %w", old.File, old.Line, err)
	}
	file := d.Object
	d.patch = &file
	d.Object = old.Object
	for _, f := range validation.Fields(d.Object.Resource) {
		stored, applied := *f.Of(&old.Object), *f.Of(&file)
		if isMetadata(f.Path) {
			if *f.Of(&d.Object) = applied; applied.Kind == validation.Absent {
				*f.Of(&d.Object) = unplaced(stored)
			}
			continue
		}
		stored = withoutApplied(stored, at(before, f.Path), applied)
		*f.Of(&d.Object) = merge(stored, applied)
	}
	return d, nil
}

func isMetadata(path []string) bool { return path[0] == "metadata" }

// withoutApplied removes from a stored value what was applied before and is not applied any more.
func withoutApplied(stored validation.Value, before any, applied validation.Value) validation.Value {
	known, ok := before.(map[string]any)
	switch {
	case before == nil:
		return stored
	case applied.Kind == validation.Absent:
		return withoutAll(stored, before)
	case !ok || stored.Kind != validation.Map:
		return stored
	}
	stored.Members = slices.Clone(stored.Members)
	stored.Members = slices.DeleteFunc(stored.Members, func(m validation.Member) bool {
		return known[m.Key] != nil && withoutApplied(m.Value, known[m.Key], applied.Get(m.Key)).Kind == validation.Absent
	})
	for i, m := range stored.Members {
		stored.Members[i].Value = withoutApplied(m.Value, known[m.Key], applied.Get(m.Key))
	}
	return stored
}

// withoutAll removes what was applied before; maps keep the keys of others.
func withoutAll(stored validation.Value, before any) validation.Value {
	known, ok := before.(map[string]any)
	if !ok || stored.Kind != validation.Map {
		return validation.Value{}
	}
	var kept []validation.Member
	for _, m := range stored.Members {
		if known[m.Key] == nil {
			kept = append(kept, m)
		} else if m.Value = withoutAll(m.Value, known[m.Key]); m.Value.Kind != validation.Absent {
			kept = append(kept, m)
		}
	}
	if len(kept) == 0 {
		return validation.Value{}
	}
	stored.Members = kept
	return stored
}

// applied is what was applied before, by key; a value that is not a map counts as a whole.
func (d Document) applied(fieldManager string) (map[string]any, error) {
	content, err := d.Content()
	if err != nil {
		return nil, err
	}
	metadata, _ := content["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if text, ok := annotations[lastApplied].(string); ok {
		v, err := kubectl([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("annotation %s: %w", lastApplied, err)
		}
		object, _ := v.(map[string]any)
		return object, nil
	}
	entries, _ := metadata["managedFields"].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		if entry["manager"] == fieldManager && entry["operation"] == "Apply" && entry["subresource"] == nil {
			fields, _ := entry["fieldsV1"].(map[string]any)
			return managed(fields), nil
		}
	}
	return nil, nil
}

// managed are managed fields (FieldsV1) by key.
func managed(fields map[string]any) map[string]any {
	found := map[string]any{}
	for key, v := range fields {
		name, ok := strings.CutPrefix(key, "f:")
		if !ok {
			continue
		}
		inner, _ := v.(map[string]any)
		if below := managed(inner); len(below) > 0 {
			found[name] = below
		} else {
			found[name] = true
		}
	}
	return found
}

// at is the value at a path; nil if there is none.
func at(v any, path []string) any {
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	return v
}
