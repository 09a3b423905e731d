package admissionpolicies

import "fmt"

// Mode says which admission policies are kept.
type Mode string

// The modes.
const (
	// Removal keeps those about the removal of all collectors, which the API server evaluates in
	// addition to the webhook.
	Removal Mode = "removal"
	// All keeps those, and the policies that "sluice policy compile" writes.
	All Mode = "all"
	// Off removes the policies that were kept before. Removals pass while the webhook does not
	// answer.
	Off Mode = "off"
)

// ParseMode reads the name of a mode.
func ParseMode(text string) (Mode, error) {
	switch m := Mode(text); m {
	case Removal, All, Off:
		return m, nil
	}
	return "", fmt.Errorf("%q is unknown; use %s, %s or %s", text, Removal, All, Off)
}
