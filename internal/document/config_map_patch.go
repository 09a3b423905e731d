package document

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// changesFlowsConfig reports whether an operation of a JSON patch writes keys of the ConfigMap
// ovs-flows-config.
func changesFlowsConfig(o patchOperation) bool {
	path := tokens(o.pointer)
	switch {
	case len(path) == 0 || path[0] != "data":
		return false
	case len(path) > 1:
		return validation.FlowsConfigKey(path[1])
	}
	return hasFlowsConfigKey(o.value)
}

func hasFlowsConfigKey(data validation.Value) bool {
	return slices.ContainsFunc(data.Members, func(m validation.Member) bool { return validation.FlowsConfigKey(m.Key) })
}

// configMapPatch notes a merge patch for the ConfigMap, which does not name its object.
func (r *reader) configMapPatch(n *yaml.Node, fields []pair, depth int) error {
	data, err := r.fields(get(fields, "data"), depth+1)
	if err != nil {
		return err
	}
	for _, p := range data {
		if validation.FlowsConfigKey(keyText(p.key)) {
			r.notJudged = append(r.notJudged, NotJudged{File: r.name, Line: n.Line, What: "a merge patch with keys of the ConfigMap ovs-flows-config: it does not name its object", Hint: patchedConfigMap})
			return nil
		}
	}
	return nil
}
