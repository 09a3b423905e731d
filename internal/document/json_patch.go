package document

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// maxOperations is how many operations the API server takes in one JSON patch.
const maxOperations = 10_000

// patchOperation is an operation of a JSON patch (RFC 6902).
type patchOperation struct {
	op            string
	pointer, from string
	value         validation.Value
	at            validation.Position
}

// jsonPatch is a JSON patch as the file has it. Findings are those that do not depend on the stored
// object.
type jsonPatch struct {
	operations []patchOperation
	findings   []validation.Finding
}

// jsonPatch reads a JSON patch, and reports whether the list is one. What it does to the lists is
// reviewed.
func (r *reader) jsonPatch(n *yaml.Node) (bool, error) {
	if len(n.Content) == 0 {
		return false, nil
	}
	d := r.newDocument(n, JSONPatch)
	var p jsonPatch
	flows, config := false, false
	for i, item := range n.Content {
		o, fields, err := r.operation(item)
		if o == nil || err != nil {
			return false, err
		}
		flows = flows || r.changesFlows(*o, fields)
		config = config || changesFlowsConfig(*o)
		if i >= maxOperations {
			if i == maxOperations {
				p.findings = append(p.findings, refusedOperation(*o, i, fmt.Sprintf("the API server takes at most %d operations; write fewer", maxOperations)))
			}
			continue
		}
		p.operations = append(p.operations, *o)
		p.findings = append(p.findings, r.misspelledPath(*o, fields)...)
	}
	if !flows && len(p.findings) == 0 {
		r.otherPatch(n, config)
		return true, nil
	}
	d.Object.MergePatch = true
	d.jsonPatch = &p
	d.applyToUnknown()
	r.documents = append(r.documents, d)
	return true, nil
}

// otherPatch notes a JSON patch of another object if it matters here.
func (r *reader) otherPatch(n *yaml.Node, config bool) {
	m := mention{left: maxMentioned}
	switch {
	case config:
		r.notJudged = append(r.notJudged, NotJudged{File: r.name, Line: n.Line, What: "a JSON patch with keys of the ConfigMap ovs-flows-config: it does not name its object", Hint: patchedConfigMap})
	case m.in(n, 0):
		r.notJudged = append(r.notJudged, NotJudged{File: r.name, Line: n.Line, What: "a JSON patch that writes the lists into another object: another program decides what is applied"})
	}
}

// operation reads an operation; nil if the item is not an operation.
func (r *reader) operation(item *yaml.Node) (*patchOperation, []pair, error) {
	fields, err := r.fields(resolve(item), 1)
	if err != nil {
		return nil, nil, err
	}
	path := get(fields, "path")
	o := patchOperation{op: stringField(fields, "op"), pointer: stringField(fields, "path"), from: stringField(fields, "from")}
	if o.op == "" || path == nil || path.Kind != yaml.ScalarNode || o.pointer != "" && o.pointer[0] != '/' {
		return nil, nil, nil
	}
	o.at = positionOf(path)
	before := len(r.notJudged)
	if err := r.field(fields, "value", &o.value, 2); err != nil {
		return nil, nil, err
	}
	if !aboutFlows(o.pointer) { // a directive of another field
		r.notJudged = r.notJudged[:before]
	}
	if o.value.Kind == validation.Absent {
		o.value = validation.Value{Kind: validation.Null, Position: o.at}
	}
	return &o, fields, nil
}

// tokens are the keys and indexes of a JSON pointer.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	path := strings.Split(pointer[1:], "/")
	for i := range path {
		path[i] = strings.ReplaceAll(strings.ReplaceAll(path[i], "~1", "/"), "~0", "~")
	}
	return path
}

// aboutFlows reports whether a JSON pointer leads to the lists.
func aboutFlows(pointer string) bool {
	path := tokens(pointer)
	return len(path) > 1 && path[0] == specKey && path[1] == flowsKey
}

// changesFlows reports whether an operation is about the lists: by its path, or because it replaces
// what contains them. A whole spec may be that of any object.
func (r *reader) changesFlows(o patchOperation, fields []pair) bool {
	if aboutFlows(o.pointer) || aboutFlows(o.from) {
		return true
	}
	switch o.pointer {
	case "":
		m := mention{left: maxMentioned}
		return m.in(get(fields, "value"), 0)
	case "/" + specKey:
		return len(o.value.Members) == 0 || slices.ContainsFunc(o.value.Members, func(m validation.Member) bool {
			return isNetworkKey(m.Key) || validation.Misspells(m.Key, flowsKey) || isFormat(m.Key)
		})
	}
	return false
}

// isNetworkKey reports whether specs of Networks have a key, and few others do.
func isNetworkKey(key string) bool {
	switch key {
	case flowsKey, "clusterNetwork", "serviceNetwork", "defaultNetwork", "additionalNetworks", "additionalRoutingCapabilities",
		"disableMultiNetwork", "useMultiNetworkPolicy", "deployKubeProxy", "disableNetworkDiagnostics", "kubeProxyConfig":
		return true
	}
	return false
}

// misspelledPath finds misspelled and misplaced keys in the path, and in a whole spec.
func (r *reader) misspelledPath(o patchOperation, fields []pair) []validation.Finding {
	path := tokens(o.pointer)
	switch {
	case o.op != "add" && o.op != "replace" || len(path) == 0 || path[0] != specKey:
		return nil
	case len(path) == 1:
		spec, err := r.fields(get(fields, "value"), 2)
		if err != nil {
			return nil // it was read without an error before
		}
		return misplaced(spec, specKey+".")
	case path[1] != flowsKey && validation.Misspells(path[1], flowsKey):
		return []validation.Finding{validation.UnknownField(specKey+"."+path[1], o.at, `write "/spec/exportNetworkFlows"`)}
	}
	return nil
}

// refusedOperation is the error about an operation that the API server refuses.
func refusedOperation(o patchOperation, index int, why string) validation.Finding {
	field := o.pointer
	if field == "" {
		field = "/"
	}
	return validation.Finding{Rule: validation.RuleUnknownField, Field: field, Position: o.at, Message: fmt.Sprintf("operation %d (%s): %s", index+1, validation.Quote(o.op), why)}
}
