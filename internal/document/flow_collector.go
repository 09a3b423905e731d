package document

import (
	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// flowCollector reads a FlowCollector of NetObserv.
func (r *reader) flowCollector(n *yaml.Node, fields []pair, depth int) error {
	d, err := r.document(n, FlowCollector, fields, depth)
	if err != nil {
		return err
	}
	d.Object.Resource = validation.FlowCollector
	for _, f := range validation.Fields(validation.FlowCollector) {
		in, last := fields, len(f.Path)-1
		for _, key := range f.Path[:last] {
			if in, err = r.fields(get(in, key), depth+2); err != nil {
				return err
			}
		}
		if err := r.field(in, f.Path[last], f.Of(&d.Object), depth+2); err != nil {
			return err
		}
	}
	r.documents = append(r.documents, d)
	return nil
}
