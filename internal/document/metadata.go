package document

import (
	"encoding/base64"
	"fmt"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// metadataTypes finds values in the metadata of an object that the API server cannot decode. Null is
// the same as no value.
func (r *reader) metadataTypes(fields []pair, depth int) ([]validation.Finding, error) {
	n := get(fields, "metadata")
	if wrong := wrongType("metadata", n, validation.Map); wrong != nil {
		return wrong, nil
	}
	metadata, err := r.fields(n, depth+1)
	if err != nil {
		return nil, err
	}
	var found []validation.Finding
	for _, key := range []string{"name", "namespace", "generateName"} {
		found = append(found, wrongType("metadata."+key, get(metadata, key), validation.String)...)
	}
	for _, key := range []string{"labels", "annotations"} {
		n := get(metadata, key)
		found = append(found, wrongType("metadata."+key, n, validation.Map)...)
		texts, err := r.fields(n, depth+2)
		if err != nil {
			return nil, err
		}
		for _, p := range texts {
			found = append(found, wrongType("metadata."+key+"."+keyText(p.key), resolve(p.value), validation.String)...)
		}
	}
	return found, nil
}

// wrongType reports a value that is not of a type.
func wrongType(field string, n *yaml.Node, want validation.Kind) []validation.Finding {
	if n == nil {
		return nil
	}
	kind, text := validation.Map, ""
	switch n.Kind {
	case yaml.SequenceNode:
		kind = validation.List
	case yaml.ScalarNode:
		kind, text = scalar(n)
	case yaml.MappingNode, yaml.DocumentNode, yaml.AliasNode:
	}
	if kind == want || kind == validation.Null {
		return nil
	}
	write := "write " + want.String()
	switch {
	case want == validation.String && text != "":
		write = "write it in quotes: " + validation.Quote(text)
	case want == validation.Bool && (text == "true" || text == "false"):
		write = "write " + text + " without quotes"
	}
	return []validation.Finding{{
		Rule: validation.RuleWrongType, Field: field, Position: positionOf(n),
		Message: fmt.Sprintf("is %s, but must be %s, so the API server refuses the object; %s", kind, want, write),
	}}
}

// undecodable finds values of a ConfigMap, other than those of data, that the API server cannot decode.
func undecodable(fields []pair, o validation.Object) []validation.Finding {
	found := wrongType("immutable", get(fields, "immutable"), validation.Bool)
	for _, m := range o.BinaryData.Members {
		if m.Value.Kind != validation.String {
			continue
		}
		if _, err := base64.StdEncoding.DecodeString(m.Value.Text); err != nil {
			found = append(found, validation.Finding{
				Rule: validation.RuleWrongType, Field: "binaryData." + m.Key, Position: m.Value.Position,
				Message: "is not in base64, so the API server refuses the object; encode it, or move it to data",
			})
		}
	}
	return found
}
