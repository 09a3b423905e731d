package validation

import "strings"

// RulePlaceholder finds text that another program was to replace.
const RulePlaceholder Rule = "placeholder"

// placeholder says what a text is if another program was to replace it, and how to check the
// text that replaces it. Without a program, what is empty.
func placeholder(text string) (what, fix string) {
	switch {
	case strings.HasPrefix(text, "ENC["):
		return "is a value that SOPS encrypted", "decrypt the file, and check the result: sops decrypt FILE | sluice check -"
	case strings.Contains(text, "{{"), strings.Contains(text, "{%"):
		return "is a template that was not rendered", "render it, and check the result, for example: helm template CHART | sluice check -"
	case strings.Contains(text, "${"):
		return "has a variable that was not replaced", "replace it, and check the result, for example: kubectl kustomize DIR | flux envsubst | sluice check -"
	}
	return "", ""
}

func unreplaced() Check {
	return Check{
		Rule: RulePlaceholder, Effect: Rejects,
		Summary: "A variable, a template or an encrypted value that was not replaced",
		Example: "`${COLLECTOR}:2055`, `{{ .Values.collector }}` and `ENC[AES256_GCM,...]` are texts that Flux, Helm or SOPS replace.\n" +
			"Check the file that they make: `helm template CHART | sluice check -`.",
	}
}
