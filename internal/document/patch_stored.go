package document

import (
	"encoding/json"
	"errors"
	"sort"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"

	"sluice/validation"
)

// applyToUnknown makes the operations without the stored object: what they write is known, and what
// they keep is not.
func (d *Document) applyToUnknown() {
	d.Findings = append([]validation.Finding(nil), d.jsonPatch.findings...)
	p := patcher{root: &node{kind: validation.Map, partial: true}}
	for i, o := range d.jsonPatch.operations {
		switch err := p.apply(o); {
		case errors.Is(err, errUnknown):
			p.unknown = true
		case err != nil:
			d.Findings = append(d.Findings, refusedOperation(o, i, err.Error()))
			return
		}
	}
	d.NeedsStored = p.unknown
	spec := p.root.get(specKey)
	flows := spec.get(flowsKey)
	if flows == nil && spec != nil && !spec.partial { // the whole spec is written, without the lists
		flows = &node{kind: validation.Null, at: spec.at}
	}
	d.Object.ExportNetworkFlows = flows.value()
	if spec != nil && !spec.partial {
		d.Findings = append(d.Findings, wrongSpec(spec.kind, spec.at)...)
	}
}

// patchStored makes the operations in the stored object, with the library of the API server. If that
// fails, the object stays as it was, and an error names the operation.
func (d *Document) patchStored(old Document) {
	d.NeedsStored = false
	d.Findings = append([]validation.Finding(nil), d.jsonPatch.findings...)
	content, err := old.Content()
	var patched validation.Value
	failed := 0
	if err == nil {
		p := patcher{root: contentNode(content)}
		if failed, err = p.all(d.jsonPatch.operations); !errors.Is(err, errCopied) {
			patched, failed, err = d.withLibrary(content, p)
		}
	}
	if err != nil {
		o := patchOperation{at: validation.Position{Line: d.Line, Column: 1}}
		if failed < len(d.jsonPatch.operations) {
			o = d.jsonPatch.operations[failed]
		}
		d.Findings = append(d.Findings, refusedOperation(o, failed, "does not apply to the stored object: "+err.Error()))
		return
	}
	spec := patched.Get(specKey)
	if spec.Position == (validation.Position{}) { // it was in the stored object
		spec.Position = validation.Position{Line: d.Line, Column: 1}
	}
	d.Findings = append(d.Findings, wrongSpec(spec.Kind, spec.Position)...)
	for _, f := range validation.Fields(validation.Network) {
		if v := patched; !isMetadata(f.Path) {
			for _, key := range f.Path {
				v = v.Get(key)
			}
			*f.Of(&d.Object) = withoutNull(v)
		}
	}
}

// all makes operations up to the first that fails.
func (p *patcher) all(operations []patchOperation) (int, error) {
	for i, o := range operations {
		if err := p.apply(o); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// withLibrary applies the patch as the API server does. The positions are those of the patcher. An
// error comes with the operation that failed.
func (d *Document) withLibrary(content map[string]any, p patcher) (validation.Value, int, error) {
	stored, err := json.Marshal(content)
	if err != nil {
		return validation.Value{}, 0, err
	}
	operations := make(jsonpatch.Patch, 0, len(d.jsonPatch.operations))
	for i, o := range d.jsonPatch.operations {
		operation, err := o.raw()
		if err == nil && o.op == "replace" && o.pointer == "" && o.value.Kind != validation.Map && o.value.Kind != validation.List {
			err = errNotObject
		}
		if err != nil {
			return validation.Value{}, i, err
		}
		operations = append(operations, operation)
	}
	result, err := operations.Apply(stored)
	if err != nil {
		failed := sort.Search(len(operations)-1, func(i int) bool { // the first prefix that fails
			_, err := operations[:i+1].Apply(stored)
			return err != nil
		})
		_, err = operations[:failed+1].Apply(stored)
		return validation.Value{}, failed, explained(err)
	}
	sent, err := kubectl(result)
	if err != nil {
		return validation.Value{}, 0, err
	}
	return placed(contentNode(sent).value(), p.root.value()), 0, nil
}

// explained says what to write instead of an operation that does not apply.
func explained(err error) error {
	switch {
	case errors.Is(err, jsonpatch.ErrTestFailed):
		return errTest
	case errors.Is(err, jsonpatch.ErrMissing), errors.Is(err, jsonpatch.ErrInvalidIndex):
		return errMissing
	}
	return err
}

// raw is an operation for the library.
func (o patchOperation) raw() (jsonpatch.Operation, error) {
	operation := jsonpatch.Operation{}
	for key, v := range map[string]any{"op": o.op, "path": o.pointer, "from": o.from, "value": plainValue(o.value)} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		if operation[key] = nil; string(text) != "null" { // as the library itself decodes null
			raw := json.RawMessage(text)
			operation[key] = &raw
		}
	}
	return operation, nil
}

// plainValue is a value for the encoder of JSON.
func plainValue(v validation.Value) any {
	switch v.Kind {
	case validation.Bool:
		return v.Text == "true"
	case validation.Number:
		return json.Number(v.Text)
	case validation.List:
		list := make([]any, 0, len(v.Items))
		for _, item := range v.Items {
			list = append(list, plainValue(item))
		}
		return list
	case validation.Map:
		object := make(map[string]any, len(v.Members))
		for _, m := range v.Members {
			object[m.Key] = plainValue(m.Value)
		}
		return object
	case validation.String, validation.LongString:
		return v.Text
	case validation.Absent, validation.Null:
	}
	return nil
}

// placed adds the positions of a value to an equal one, as far as both are equal.
func placed(v, from validation.Value) validation.Value {
	switch {
	case v.Kind != from.Kind:
		return v
	case v.Kind == validation.Map:
		v.Position = from.Position
		found := make(map[string]validation.Member, len(from.Members))
		for _, m := range from.Members {
			found[m.Key] = m
		}
		for i, m := range v.Members {
			v.Members[i].Position, v.Members[i].Value = found[m.Key].Position, placed(m.Value, found[m.Key].Value)
		}
	case v.Kind == validation.List && len(v.Items) == len(from.Items):
		v.Position = from.Position
		for i := range v.Items {
			v.Items[i] = placed(v.Items[i], from.Items[i])
		}
	case v.Text == from.Text && v.Kind != validation.List:
		v.Position = from.Position
	}
	return v
}
