package document

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// The API groups with a kind Network, and the version of core objects.
const (
	operatorGroup = "operator.openshift.io"
	configGroup   = "config.openshift.io"
	sluiceGroup   = "sluice.dev"
	coreVersion   = "v1"
)

// typeMeta is the type of an object.
type typeMeta struct {
	apiVersion, kind string
}

func (t typeMeta) group() string {
	group, _, _ := strings.Cut(t.apiVersion, "/")
	return group
}

// object reads one object, or the items of a list. The items of a typed list need no type;
// inherited is the type that the list gives them.
func (r *reader) object(n *yaml.Node, inherited typeMeta, depth int) error {
	n = resolve(n)
	if n.Kind != yaml.ScalarNode {
		r.read++
	}
	before := len(r.documents) + len(r.notJudged)
	switch n.Kind {
	case yaml.SequenceNode:
		if known, err := r.jsonPatch(n); known || err != nil {
			return err
		}
		return r.unknown(n, typeMeta{})
	case yaml.MappingNode:
	default:
		if depth == 0 && Mentions([]byte(n.Value)) {
			return errorAt(r.name, n.Line, "a text, not an object, so kubectl refuses the file; begin the object without other characters before it")
		}
		return nil
	}
	meta, err := r.mapping(n, inherited, depth)
	if err != nil || len(r.documents)+len(r.notJudged) > before {
		return err
	}
	return r.unknown(n, meta)
}

// mapping reads an object or a list of objects, and returns its type.
func (r *reader) mapping(n *yaml.Node, inherited typeMeta, depth int) (typeMeta, error) {
	fields, err := r.pairs(n, depth)
	if err != nil {
		return typeMeta{}, err
	}
	meta := typeMeta{apiVersion: stringField(fields, "apiVersion"), kind: stringField(fields, "kind")}
	if meta == (typeMeta{}) {
		meta = inherited
	}
	switch {
	case meta == (typeMeta{}):
		return meta, r.patch(n, fields, depth)
	case meta.kind == "List" && meta.apiVersion == coreVersion:
		return meta, r.items(fields, typeMeta{}, depth)
	case meta.kind == "NetworkList", meta.kind == "ConfigMapList", meta.kind == string(Profile)+"List", meta.kind == string(FlowExport)+"List", meta.kind == string(FlowCollector)+"List":
		return meta, r.items(fields, typeMeta{meta.apiVersion, strings.TrimSuffix(meta.kind, "List")}, depth)
	case meta.kind == "Network" && meta.group() == operatorGroup:
		return meta, r.network(n, fields, depth)
	case meta.kind == "Network" && meta.group() == configGroup:
		return meta, r.configNetwork(n, fields, depth)
	case meta.kind == "ConfigMap" && meta.apiVersion == coreVersion:
		return meta, r.configMap(n, fields, depth)
	case meta.kind == string(Profile) && meta.group() == sluiceGroup:
		return meta, r.profile(n, fields, depth)
	case meta.kind == string(FlowExport) && meta.group() == sluiceGroup:
		return meta, r.flowExport(n, fields, depth)
	case meta.kind == validation.FlowCollectorKind && meta.group() == validation.FlowCollectorGroup:
		return meta, r.flowCollector(n, fields, depth)
	}
	return meta, nil
}

func (r *reader) items(fields []pair, inherited typeMeta, depth int) error {
	items := get(fields, "items")
	if items == nil || items.Kind != yaml.SequenceNode {
		return nil
	}
	for _, item := range items.Content {
		if err := r.object(item, inherited, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// newDocument starts a document at n, which is a node of the file's tree, or of an overlay.
func (r *reader) newDocument(n *yaml.Node, kind Kind) Document {
	d := Document{File: r.name, Line: n.Line, Kind: kind, root: n}
	if o, ok := r.origins[n]; ok {
		d.root, d.sent = resolve(o.node), o.value
	}
	return d
}

// document starts a document at n, with its name.
func (r *reader) document(n *yaml.Node, kind Kind, fields []pair, depth int) (Document, error) {
	d := r.newDocument(n, kind)
	metadata, err := r.fields(get(fields, "metadata"), depth+1)
	if err != nil {
		return d, err
	}
	d.Name, d.Namespace = stringField(metadata, "name"), stringField(metadata, "namespace")
	d.Object.Name, d.Object.Namespace = d.Name, d.Namespace
	d.Findings, err = r.metadataTypes(fields, depth)
	return d, err
}

// configMap reads the ConfigMap ovs-flows-config, and ignores all others.
func (r *reader) configMap(n *yaml.Node, fields []pair, depth int) error {
	d, err := r.document(n, ConfigMap, fields, depth)
	if err != nil {
		return err
	}
	if d.Name != validation.FlowsConfigName || d.Namespace != "" && d.Namespace != validation.FlowsConfigNamespace {
		return nil
	}
	d.Object.Resource = validation.FlowsConfig
	if err := r.reviewed(&d, fields, depth); err != nil {
		return err
	}
	for i, m := range d.Object.Data.Members {
		if m.Value.Kind == validation.Null { // the API server stores an empty text
			d.Object.Data.Members[i].Value.Kind = validation.String
		}
	}
	d.Findings = append(append(d.Findings, duplicateKeys(fields, "data", "data")...), refusedKeys(d.Object)...)
	d.Findings = append(d.Findings, undecodable(fields, d.Object)...)
	r.documents = append(r.documents, d)
	return nil
}

// reviewed reads the fields that a verdict depends on.
func (r *reader) reviewed(d *Document, fields []pair, depth int) error {
	for _, f := range validation.Fields(d.Object.Resource) {
		in, last := fields, len(f.Path)-1
		for i, key := range f.Path[:last] {
			if len(r.ambiguous) > 0 {
				r.ambiguity(d, in, key, strings.Join(f.Path[:i+1], "."))
			}
			var err error
			if in, err = r.fields(get(in, key), depth+1+i); err != nil {
				return err
			}
		}
		if len(r.ambiguous) > 0 {
			r.ambiguity(d, in, f.Path[last], strings.Join(f.Path, "."))
		}
		if err := r.field(in, f.Path[last], f.Of(&d.Object), depth+1+last); err != nil {
			return err
		}
		if len(r.ambiguous) > 0 {
			r.ambiguities(d, *f.Of(&d.Object), strings.Join(f.Path, "."))
		}
	}
	return nil
}

// profile reads a FlowExportProfile.
func (r *reader) profile(n *yaml.Node, fields []pair, depth int) error {
	d, err := r.document(n, Profile, fields, depth)
	if err != nil {
		return err
	}
	d.Object.Resource = validation.Profile
	if err := r.reviewed(&d, fields, depth); err != nil {
		return err
	}
	d.Findings = append(append(d.Findings, duplicateKeys(fields, specKey, specKey)...), validation.DroppedFromProfile(d.Object.Profile)...)
	r.documents = append(r.documents, d)
	return nil
}

// flowExport reads a FlowExport.
func (r *reader) flowExport(n *yaml.Node, fields []pair, depth int) error {
	d, err := r.document(n, FlowExport, fields, depth)
	if err != nil {
		return err
	}
	d.Object.Resource = validation.FlowExport
	if err := r.reviewed(&d, fields, depth); err != nil {
		return err
	}
	d.Findings = append(d.Findings, duplicateKeys(fields, specKey, specKey)...)
	r.documents = append(r.documents, d)
	return nil
}

// fields lists the keys of a mapping; other nodes have none.
func (r *reader) fields(n *yaml.Node, depth int) ([]pair, error) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	return r.pairs(n, depth)
}

// field copies the value of a key, if there is one.
func (r *reader) field(fields []pair, key string, target *validation.Value, depth int) error {
	for _, f := range slices.Backward(fields) {
		if keyText(f.key) == key {
			v, err := r.value(f.value, depth)
			*target = v
			return err
		}
	}
	return nil
}

// get returns the value of a key. Of duplicate keys the last one counts, as in the API server.
func get(fields []pair, key string) *yaml.Node {
	for _, f := range slices.Backward(fields) {
		if keyText(f.key) == key {
			return resolve(f.value)
		}
	}
	return nil
}

// stringField returns the value of a key if it is a string; otherwise "".
func stringField(fields []pair, key string) string {
	if n := get(fields, key); n != nil && n.Kind == yaml.ScalarNode {
		if kind, value := scalar(n); kind == validation.String {
			return value
		}
	}
	return ""
}
