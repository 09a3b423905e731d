package suggest_test

import (
	"testing"

	"sluice/cmd/internal/suggest"
)

func TestUnknown(t *testing.T) {
	known := []string{"SluiceAgentDown", "SluiceAgentsMissing", "SluiceWebhookDown"}
	for name, want := range map[string]string{
		"SluiceAgentDwn": `unknown alert "SluiceAgentDwn"; did you mean SluiceAgentDown?`,
		"webhook":        `unknown alert "webhook"; did you mean SluiceWebhookDown?`,
		"agent":          `unknown alert "agent"; did you mean SluiceAgentDown, SluiceAgentsMissing?`,
		"x9":             `unknown alert "x9"; use one of: SluiceAgentDown, SluiceAgentsMissing, SluiceWebhookDown`,
		"":               `unknown alert ""; use one of: SluiceAgentDown, SluiceAgentsMissing, SluiceWebhookDown`,
	} {
		if got := suggest.Unknown("alert", name, known).Error(); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
