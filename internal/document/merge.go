package document

import (
	"slices"

	"sluice/validation"
)

// MergedInto merges a patch into its object, like the API server (RFC 7386). Values of the patch
// keep their position in the file. Other documents are returned unchanged.
func (d Document) MergedInto(old Document) Document {
	if !d.Object.MergePatch {
		return d
	}
	patch := d.Object
	d.patch = &patch
	d.Name, d.Namespace = old.Name, old.Namespace
	d.Object = old.Object
	d.Object.MergePatch = false
	if d.Kind == JSONPatch {
		d.patchStored(old)
		return d
	}
	for _, f := range validation.Fields(validation.Network) {
		*f.Of(&d.Object) = merge(*f.Of(&d.Object), *f.Of(&patch))
	}
	return d
}

// withoutNull removes what is null.
func withoutNull(v validation.Value) validation.Value {
	if v.Kind == validation.Null {
		return validation.Value{}
	}
	v.Members = slices.DeleteFunc(slices.Clone(v.Members), func(m validation.Member) bool { return m.Value.Kind == validation.Null })
	for i := range v.Members {
		v.Members[i].Value = withoutNull(v.Members[i].Value)
	}
	return v
}

// unplaced copies a value without its position, which is in another file.
func unplaced(v validation.Value) validation.Value {
	v.Position = validation.Position{}
	v.Items = slices.Clone(v.Items)
	for i := range v.Items {
		v.Items[i] = unplaced(v.Items[i])
	}
	v.Members = slices.Clone(v.Members)
	for i, m := range v.Members {
		v.Members[i] = validation.Member{Key: m.Key, Value: unplaced(m.Value)}
	}
	return v
}

// merge applies one value of a patch.
func merge(old, patch validation.Value) validation.Value {
	switch patch.Kind {
	case validation.Absent:
		return unplaced(old)
	case validation.Null:
		return validation.Value{}
	case validation.Map:
	default:
		return patch
	}
	result := validation.Value{Kind: validation.Map, Position: patch.Position}
	if old.Kind == validation.Map {
		for _, m := range old.Members {
			if named := patch.Get(m.Key); named.Kind == validation.Absent {
				result.Members = append(result.Members, validation.Member{Key: m.Key, Value: unplaced(m.Value)})
			}
		}
	}
	for _, m := range patch.Members {
		merged := merge(old.Get(m.Key), m.Value)
		if merged.Kind != validation.Absent {
			result.Members = append(result.Members, validation.Member{Key: m.Key, Position: m.Position, Value: merged})
		}
	}
	return result
}
