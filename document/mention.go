package document

import (
	"bytes"

	"github.com/sluice-project/sluice/validation"
)

// templateOpening begins an action of a Go template, and so of a Helm chart.
const templateOpening = "{{"

// IsForeignTemplate reports whether a text that can't be parsed is a template of something
// that is not judged: it names neither the field nor the ConfigMap.
func IsForeignTemplate(data []byte) bool {
	lower := bytes.ToLower(data)
	return bytes.Contains(data, []byte(templateOpening)) &&
		!bytes.Contains(lower, []byte("exportnetworkflow")) && !bytes.Contains(lower, []byte(validation.FlowsConfigName))
}
