package document

import (
	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// Kind says what a document is.
type Kind string

// The kinds of documents that are judged. All others are left out.
const (
	Network   Kind = "Network"   // of operator.openshift.io
	ConfigMap Kind = "ConfigMap" // ovs-flows-config
	Patch     Kind = "Patch"     // the body of a merge patch for a Network
)

// Document is one object of a file.
type Document struct {
	File string
	// Line is the first line of the object's content.
	Line            int
	Kind            Kind
	Name, Namespace string
	Object          validation.Object
	// Findings are errors that only a file can show: keys that the API server would drop
	// before any webhook sees them.
	Findings []validation.Finding

	// root is the object in the file's tree.
	root *yaml.Node
	// own is what the file itself says, where Object has been merged over another one.
	own *validation.Object
}

// inFile returns the object as the file has it.
func (d Document) inFile() validation.Object {
	if d.own != nil {
		return *d.own
	}
	return d.Object
}
