package document

import (
	"bytes"

	"sluice/validation"
)

// templateOpening starts an action in a Go template, such as those of Helm charts.
const templateOpening = "{{"

// IsForeignTemplate reports whether a text that can't be parsed is a template of other objects: it
// names neither the field nor the ConfigMap.
func IsForeignTemplate(data []byte) bool {
	lower := bytes.ToLower(data)
	return bytes.Contains(data, []byte(templateOpening)) &&
		!bytes.Contains(lower, []byte("exportnetworkflow")) && !bytes.Contains(lower, []byte(validation.FlowsConfigName))
}

// Mentions reports whether a text without a reviewed object still names the lists, like a
// kustomization, a JSON patch (RFC 6902), a Template or a policy of a cluster manager. Files that
// define the field, such as the CRD, don't count.
func Mentions(data []byte) bool {
	for _, kind := range []string{"CustomResourceDefinition", "WebhookConfiguration", "AdmissionPolicy", "FlowExportPolicyTest"} {
		if bytes.Contains(data, []byte(kind)) {
			return false
		}
	}
	for line := range bytes.Lines(data) {
		text, _, _ := bytes.Cut(line, []byte("#"))
		_, after, found := bytes.Cut(text, []byte("exportNetworkFlows"))
		if found && (bytes.Contains(text, []byte("/exportNetworkFlows")) || bytes.HasPrefix(bytes.TrimLeft(after, "\"' "), []byte(":"))) {
			return true
		}
		if bytes.Contains(text, []byte(validation.FlowsConfigName)) && bytes.Contains(data, []byte("configMapGenerator")) {
			return true
		}
	}
	return false
}
