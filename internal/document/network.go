package document

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

const (
	specKey  = "spec"
	flowsKey = "exportNetworkFlows"
)

// network reads a Network of operator.openshift.io.
func (r *reader) network(n *yaml.Node, fields []pair, depth int) error {
	d, err := r.document(n, Network, fields, depth)
	if err != nil {
		return err
	}
	return r.spec(d, fields, depth)
}

// patch reads a mapping without a type. It is a patch for a Network if its spec has a key like
// exportNetworkFlows.
func (r *reader) patch(n *yaml.Node, fields []pair, depth int) error {
	spec, err := r.fields(get(fields, specKey), depth+1)
	if err != nil {
		return err
	}
	for _, p := range spec {
		if validation.Misspells(keyText(p.key), flowsKey) {
			d := r.newDocument(n, Patch)
			d.Object.MergePatch = true
			if d.Findings, err = r.metadataTypes(fields, depth); err != nil {
				return err
			}
			return r.spec(d, fields, depth)
		}
	}
	return r.configMapPatch(n, fields, depth)
}

// spec reads the fields that a verdict depends on.
func (r *reader) spec(document Document, fields []pair, depth int) error {
	spec, err := r.fields(get(fields, specKey), depth+1)
	if err != nil {
		return err
	}
	r.documents = append(r.documents, document)
	d := &r.documents[len(r.documents)-1] // no copy: a document is large
	if err := r.reviewed(d, fields, depth); err != nil {
		r.documents = r.documents[:len(r.documents)-1]
		return err
	}
	d.Findings = append(append(d.Findings, duplicateKeys(fields, specKey, specKey)...), misplaced(fields, "")...)
	d.Findings = append(d.Findings, notAnObject(get(fields, specKey))...)
	d.Findings = append(d.Findings, duplicateKeys(spec, flowsKey, specKey+"."+flowsKey)...)
	d.Findings = append(d.Findings, misplaced(spec, specKey+".")...)
	return nil
}

// configNetwork reports exportNetworkFlows in a Network of config.openshift.io, which has no such
// field. Objects without the key are ignored.
func (r *reader) configNetwork(n *yaml.Node, fields []pair, depth int) error {
	spec, err := r.fields(get(fields, specKey), depth+1)
	if err != nil {
		return err
	}
	for _, p := range spec {
		if !validation.Misspells(keyText(p.key), flowsKey) {
			continue
		}
		d, err := r.document(n, Network, fields, depth)
		if err != nil {
			return err
		}
		d.Findings = []validation.Finding{{
			Rule: validation.RuleUnknownField, Field: specKey + "." + keyText(p.key), Position: positionOf(p.key),
			Message: "is not a field of config.openshift.io/v1, so nothing is exported; exportNetworkFlows is a field of operator.openshift.io/v1; write apiVersion: operator.openshift.io/v1",
		}}
		r.documents = append(r.documents, d)
		return nil
	}
	return nil
}

// misplaced finds misspelled or misplaced keys for exportNetworkFlows or one of its formats, which
// the API server drops without a message.
func misplaced(fields []pair, path string) []validation.Finding {
	var found []validation.Finding
	for _, p := range fields {
		key := keyText(p.key)
		why := ""
		switch {
		case path != "" && key != flowsKey && validation.Misspells(key, flowsKey):
			why = fmt.Sprintf("write %q", flowsKey)
		case path == "" && validation.Misspells(key, flowsKey):
			why = "exportNetworkFlows must be under spec"
		case path == "" && key != specKey && strings.EqualFold(key, specKey):
			why = fmt.Sprintf("write %q", specKey)
		case path != "" && isFormat(key):
			why = key + " must be under spec.exportNetworkFlows"
		default:
			continue
		}
		found = append(found, validation.UnknownField(path+key, positionOf(p.key), why))
	}
	return found
}

// notAnObject reports a spec of the wrong type.
func notAnObject(spec *yaml.Node) []validation.Finding {
	if spec == nil || spec.Kind == yaml.MappingNode {
		return nil
	}
	kind := validation.List
	if spec.Kind == yaml.ScalarNode {
		kind, _ = scalar(spec)
	}
	return wrongSpec(kind, positionOf(spec))
}

// wrongSpec reports the kind of a spec if that is wrong.
func wrongSpec(kind validation.Kind, at validation.Position) []validation.Finding {
	switch kind {
	case validation.Map, validation.Null, validation.Absent:
		return nil
	case validation.Bool, validation.Number, validation.String, validation.LongString, validation.List:
	}
	return []validation.Finding{{
		Rule: validation.RuleWrongType, Field: specKey, Position: at,
		Message: fmt.Sprintf("is %s, but must be %s; write an object", kind, validation.Map),
	}}
}

func isFormat(key string) bool {
	for _, f := range validation.Formats() {
		if f.Field() == key {
			return true
		}
	}
	return false
}

// duplicateKeys finds repeated uses of a key.
func duplicateKeys(fields []pair, key, path string) []validation.Finding {
	var found []validation.Finding
	seen := false
	for _, p := range fields {
		if keyText(p.key) != key {
			continue
		}
		if seen {
			found = append(found, validation.DuplicateField(path, positionOf(p.key)))
		}
		seen = true
	}
	return found
}
