package document

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// Kind says what a document is.
type Kind string

// The kinds of documents that are reviewed. Other kinds are ignored.
const (
	Network   Kind = "Network"   // of operator.openshift.io
	ConfigMap Kind = "ConfigMap" // ovs-flows-config
	Patch     Kind = "Patch"     // the body of a merge patch for a Network
	JSONPatch Kind = "JSONPatch" // a JSON patch (RFC 6902) for a Network

	Profile       Kind = "FlowExportProfile"          // of sluice.dev
	FlowExport    Kind = "FlowExport"                 // of sluice.dev
	FlowCollector Kind = validation.FlowCollectorKind // of NetObserv
)

// Document is one object of a file.
type Document struct {
	File string
	// Line is the first line of the object's content.
	Line            int
	Kind            Kind
	Name, Namespace string
	Object          validation.Object
	// Findings are errors that only a file can show: keys that the API server drops before a
	// webhook sees them.
	Findings []validation.Finding

	// NeedsStored says that it depends on the stored object what the document removes, or whether it
	// applies at all.
	NeedsStored bool

	// root is the object in the file's tree. sent is what kubectl sends, if that may differ from
	// what the tree says by itself.
	root *yaml.Node
	sent any
	// jsonPatch has the operations of a JSON patch.
	jsonPatch *jsonPatch
	// patch is the object as the file has it, if Object is the result of merging it.
	patch *validation.Object
}

// inFile returns the object as the file has it.
func (d Document) inFile() validation.Object {
	if d.patch != nil {
		return *d.patch
	}
	return d.Object
}

// WritesNull reports whether the file has null for a list, such as spec.exportNetworkFlows.netFlow. A
// rewrite leaves it as it is: when the file is applied or merged, null removes the list.
func (d Document) WritesNull(field string) bool {
	return !strings.HasSuffix(field, ".collectors") && valueAt(d.inFile(), "/"+strings.ReplaceAll(field, ".", "/")).Kind == validation.Null
}
