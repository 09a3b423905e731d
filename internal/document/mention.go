package document

import (
	"bytes"

	"sluice/validation"
)

// templateOpening starts an action in a Go template, such as those of Helm charts.
const templateOpening = "{{"

// Mentions reports whether a text that can't be parsed names the field, in any spelling, the
// ConfigMap or a FlowExport, in any encoding. A text that doesn't is about other objects.
func Mentions(data []byte) bool {
	lower := bytes.ToLower(bytes.ReplaceAll(data, []byte{0}, nil)) // UTF-16 has a 0 for each character
	compact := bytes.ReplaceAll(bytes.ReplaceAll(lower, []byte(`"`), nil), []byte(" "), nil)
	for _, rest, found := bytes.Cut(compact, []byte("kind:flowexport")); found; _, rest, found = bytes.Cut(rest, []byte("kind:flowexport")) {
		// FlowExportPolicy and FlowExportProfile begin with it, too.
		if len(rest) == 0 || bytes.IndexByte([]byte("\n\r,}"), rest[0]) >= 0 {
			return true
		}
	}
	return bytes.Contains(lower, []byte("exportnetworkflow")) || bytes.Contains(lower, []byte(validation.FlowsConfigName))
}
