package check

import (
	"fmt"

	"sluice/internal/document"
	"sluice/validation"
)

// storedObjects are the objects as the cluster has them. Nil means that they are not known.
type storedObjects struct {
	file      string
	documents []document.Document
	// replace says that whole objects replace the stored ones; otherwise, they are applied by the
	// field manager.
	replace      bool
	fieldManager string
}

// readStored reads the stored objects.
func (c Check) readStored() (*storedObjects, error) {
	name, data := "the cluster", c.Stored
	switch {
	case c.Old != "":
		var err error
		if data, err = c.Reader.Read(c.Old); err != nil {
			return nil, fmt.Errorf("old objects: %w", err)
		}
		name = shown(c.Old)
	case c.Stored == nil:
		return nil, nil //nolint:nilnil // not known
	}
	documents, err := document.Parse(name, data)
	if err != nil {
		return nil, fmt.Errorf("old objects: %w", err)
	}
	return &storedObjects{file: name, documents: documents, replace: c.Replace, fieldManager: c.FieldManager}, nil
}

// input returns what a document is reviewed with: the object that it makes of the stored one.
func (s *storedObjects) input(d document.Document, base validation.Input) (document.Document, validation.Input, error) {
	in := base
	in.Object = d.Object
	if d.Kind == document.FlowExport {
		in.Namespace = Tenant{base.Namespace}.Of(d)
	}
	if s == nil {
		return d, in, nil
	}
	old, err := s.find(d)
	if err != nil || old == nil {
		return d, in, err
	}
	if s.replace {
		d = d.MergedInto(*old)
	} else if d, err = d.AppliedTo(*old, s.fieldManager); err != nil {
		return d, in, err
	}
	in.Object, in.Old, in.Operation = d.Object, &old.Object, validation.Update
	return d, in, nil
}

// find returns the stored object of a document; nil if it does not exist. A patch does not name
// its object: it is for the only Network.
func (s *storedObjects) find(d document.Document) (*document.Document, error) {
	var found []*document.Document
	for i := range s.documents {
		old := &s.documents[i]
		switch {
		case (d.Kind == document.Patch || d.Kind == document.JSONPatch) && old.Kind == document.Network,
			d.Kind == old.Kind && d.Name == old.Name && namespace(d) == namespace(*old):
			found = append(found, old)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fmt.Errorf("%s:%d: %d objects in %s match this one; keep one", d.File, d.Line, len(found), s.file)
	case d.Kind == document.Patch, d.Kind == document.JSONPatch:
		return nil, fmt.Errorf("%s:%d: %s has no Network to patch", d.File, d.Line, s.file)
	}
	return nil, nil //nolint:nilnil // a new object
}

// namespace is the namespace of a document. Of ConfigMaps, only the one of CNO is reviewed.
func namespace(d document.Document) string {
	if d.Kind == document.FlowExport {
		return d.Namespace
	}
	if d.Kind == document.ConfigMap {
		return validation.FlowsConfigNamespace
	}
	return ""
}
