package doctor

import (
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/webhook/registration"
)

func TestThePathOfTheWebhookMustBeSecret(t *testing.T) {
	token := strings.Repeat("abcd", 13)
	expected, err := registration.Expected()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		mutating, validating string
		state                State
		why                  string
	}{
		"secret":            {"/mutate/" + token, "/validate/" + token, OK, ""},
		"one is fixed":      {"/mutate/" + token, "/validate", Bad, "calls the path /validate, which everyone knows"},
		"not written":       {"", "/validate/" + token, Bad, "has no path that the webhook answers"},
		"of another phase":  {"/validate/" + token, "/validate/" + token, Bad, "has no path that the webhook answers"},
		"too short to last": {"/mutate/abcd", "/validate/" + token, Bad, "has no path that the webhook answers"},
	} {
		hook := func(path string) []registration.Webhook {
			service := &admissionregistrationv1.ServiceReference{}
			if path != "" {
				service.Path = &path
			}
			return []registration.Webhook{{Name: "a", ClientConfig: admissionregistrationv1.WebhookClientConfig{Service: service}}}
		}
		f := secret(expected, []string{registration.Mutating, registration.Validating}, [][]registration.Webhook{hook(c.mutating), hook(c.validating)})
		if f.State != c.state || !strings.Contains(f.Why, c.why) || strings.Contains(f.Why+f.Do, token) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
