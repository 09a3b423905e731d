package document

import (
	"bytes"

	"sluice/validation"
)

// templateOpening starts an action in a Go template, such as those of Helm charts.
const templateOpening = "{{"

// Mentions reports whether a text that can't be parsed names the field, in any spelling, or the
// ConfigMap, in any encoding. A text that doesn't is about other objects.
func Mentions(data []byte) bool {
	lower := bytes.ToLower(bytes.ReplaceAll(data, []byte{0}, nil)) // UTF-16 has a 0 for each character
	compact := bytes.ReplaceAll(bytes.ReplaceAll(lower, []byte(`"`), nil), []byte(" "), nil)
	if i := bytes.Index(compact, []byte("kind:flowexport")); i >= 0 {
		// FlowExportPolicy and FlowExportProfile begin with it, too.
		rest := compact[i+len("kind:flowexport"):]
		if len(rest) == 0 || bytes.IndexByte([]byte("\n\r,}"), rest[0]) >= 0 {
			return true
		}
	}
	return bytes.Contains(lower, []byte("exportnetworkflow")) || bytes.Contains(lower, []byte(validation.FlowsConfigName))
}
