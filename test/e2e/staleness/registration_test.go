package staleness

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/testca"
)

// Each of these changes makes calls fail, and the removal of all collectors pass.
func TestEachWayToDivertACallIsSeen(t *testing.T) {
	s, _ := start(t, nil)
	if err := shared.Register(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := shared.Unregister(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	must(t, closed, "create", "-f", "-")
	defer must(t, "", "delete", "fep", "closed")
	matches := func(want string) {
		t.Helper()
		eventually(t, func() string {
			if got := value(t, s, `sluice_registration_matches{configuration="ValidatingWebhookConfiguration"}`); got != want {
				return "matches is " + got
			}
			return ""
		})
	}
	enforced := func(want string) {
		t.Helper()
		eventually(t, func() string {
			text := must(t, "", "get", "fep", "closed", "-o", `jsonpath={.status.conditions[?(@.type=="Enforced")].status} {.status.conditions[?(@.type=="Enforced")].message}`).Stdout
			if !strings.Contains(text, want) {
				return "Enforced is " + text
			}
			return ""
		})
	}
	foreign, err := testca.New("foreign", time.Now(), time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bundle, own := base64.StdEncoding.EncodeToString(foreign.Bundle()), base64.StdEncoding.EncodeToString(s.Bundle)
	url := strings.TrimSpace(must(t, "", "get", "validatingwebhookconfiguration", "sluice", "-o", "jsonpath={.webhooks[1].clientConfig.url}").Stdout)
	for _, c := range []struct{ field, change, before, want string }{
		{"clientConfig/url", "https://127.0.0.1:9/validate", url, "networks-removal.validate.sluice.dev: clientConfig.url differs"},
		{"clientConfig/url", "https://192.0.2.1/validate", url, "networks-removal.validate.sluice.dev: clientConfig.url differs"},
		{"clientConfig/caBundle", bundle, own, "networks-removal.validate.sluice.dev has a caBundle with which the serving certificate of this replica is not trusted"},
		{"matchPolicy", "Exact", "Equivalent", "matchPolicy differs"},
	} {
		matches("1")
		patch := func(value string) {
			t.Helper()
			must(t, "", "patch", "validatingwebhookconfiguration", "sluice", "--type=json", "-p", fmt.Sprintf(`[{"op":"replace","path":"/webhooks/1/%s","value":%q}]`, c.field, value))
		}
		patch(c.change)
		matches("0")
		enforced(c.want)
		patch(c.before)
	}
	must(t, "", "patch", "validatingwebhookconfiguration", "sluice", "--type=json", "-p", `[{"op":"replace","path":"/webhooks/1/timeoutSeconds","value":1}]`)
	enforced(`timeoutSeconds differs from the manifests ("1" instead of "5")`)
	matches("0")
}
