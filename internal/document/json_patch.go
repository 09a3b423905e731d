package document

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// patchOperation is an operation of a JSON patch (RFC 6902) on the lists. The path starts below
// exportNetworkFlows.
type patchOperation struct {
	remove bool
	path   []string
	value  validation.Value
}

// jsonPatch reads a JSON patch for a Network, and reports whether the list is one. What it does to
// the lists is reviewed like a merge patch.
func (r *reader) jsonPatch(n *yaml.Node) (bool, error) {
	d := r.newDocument(n, JSONPatch)
	for _, item := range n.Content {
		fields, err := r.fields(resolve(item), 1)
		if err != nil {
			return false, err
		}
		op, path := stringField(fields, "op"), stringField(fields, "path")
		if op == "" || !strings.HasPrefix(path, "/") {
			return false, nil
		}
		if err := r.operation(&d, op, path, fields); err != nil {
			return false, err
		}
	}
	if len(d.operations) == 0 && len(d.Findings) == 0 {
		return len(n.Content) > 0 && !r.mentioned(n), nil
	}
	d.Object.MergePatch = true
	d.Object.ExportNetworkFlows = patched(validation.Value{}, d.operations)
	r.documents = append(r.documents, d)
	return true, nil
}

func (r *reader) mentioned(n *yaml.Node) bool {
	m := mention{left: maxMentioned}
	return m.in(n, 0)
}

// operation reads an operation. Those on other fields change nothing here.
func (r *reader) operation(d *Document, op, pointer string, fields []pair) error {
	path := strings.Split(pointer, "/")[1:]
	for i := range path {
		path[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(path[i])
	}
	if path[0] != specKey || op == "test" {
		return nil
	}
	at := positionOf(pathNode(fields))
	if len(path) > 1 && path[1] != flowsKey {
		if validation.Misspells(path[1], flowsKey) {
			d.Findings = append(d.Findings, validation.UnknownField(specKey+"."+path[1], at, `write "/spec/exportNetworkFlows"`))
		}
		return nil
	}
	value := validation.Value{Kind: validation.Null, Position: at}
	switch op {
	case "remove":
	case "add", "replace":
		v, err := r.operationValue(d, path, fields)
		if err != nil || v.Kind == validation.Absent {
			return err
		}
		value = v
	default: // move and copy depend on the stored object
		d.Findings = append(d.Findings, validation.Finding{
			Rule: validation.RuleUnknownField, Field: pointer, Position: at,
			Message: "can't be checked: what " + op + " writes is in the stored object; write the value with add",
		})
		return nil
	}
	d.operations = append(d.operations, patchOperation{op == "remove", path[min(len(path), 2):], value})
	return nil
}

func pathNode(fields []pair) *yaml.Node {
	return get(fields, "path")
}

// operationValue is the value that an operation writes; of a whole spec, only the lists.
func (r *reader) operationValue(d *Document, path []string, fields []pair) (v validation.Value, err error) {
	if len(path) > 1 {
		err = r.field(fields, "value", &v, 2)
		return v, err
	}
	spec, err := r.fields(get(fields, "value"), 2)
	if err != nil {
		return v, err
	}
	d.Findings = append(d.Findings, misplaced(spec, specKey+".")...)
	err = r.field(spec, flowsKey, &v, 3)
	return v, err
}

// patched makes the operations. Parents that are not known are created.
func patched(flows validation.Value, operations []patchOperation) validation.Value {
	for _, o := range operations {
		flows = withOperation(flows, o.path, o)
	}
	return flows
}

func withOperation(in validation.Value, path []string, o patchOperation) validation.Value {
	if len(path) == 0 {
		return o.value
	}
	if index, err := strconv.Atoi(path[0]); in.Kind == validation.List || path[0] == "-" || err == nil {
		return withItem(in, index, path[0] == "-", o)
	}
	if in.Kind != validation.Map {
		in = validation.Value{Kind: validation.Map, Position: o.value.Position}
	}
	in.Members = slices.Clone(in.Members)
	for i, m := range in.Members {
		if m.Key == path[0] {
			in.Members[i].Value = withOperation(m.Value, path[1:], o)
			return in
		}
	}
	child := withOperation(validation.Value{}, path[1:], o)
	in.Members = append(in.Members, validation.Member{Key: path[0], Position: child.Position, Value: child})
	return in
}

// withItem changes an item of a list. Without the list, what is removed is not known.
func withItem(in validation.Value, index int, end bool, o patchOperation) validation.Value {
	if in.Kind != validation.List {
		if o.remove {
			return in
		}
		in = validation.Value{Kind: validation.List, Position: o.value.Position}
	}
	in.Items = slices.Clone(in.Items)
	switch {
	case o.remove && index < len(in.Items):
		in.Items = slices.Delete(in.Items, index, index+1)
	case o.remove:
	case end || index >= len(in.Items):
		in.Items = append(in.Items, o.value)
	default:
		in.Items = slices.Insert(in.Items, index, o.value)
	}
	return in
}
