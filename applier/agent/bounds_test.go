package agent

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: a value of another program without a bound. One message over 32,768 bytes, and the API
// server stores nothing of the report.
func TestMessagesAreBounded(t *testing.T) {
	var many []string
	for i := range 900 {
		many = append(many, fmt.Sprintf("192.0.2.%d:%d", i%250, 1000+i))
	}
	for name, text := range map[string]string{
		"a list": listed(many, "; "), "a row": described(ovs.Exporter{Format: validation.NetFlow, Targets: many}), "a text": bounded(strings.Repeat("é", 5000)),
		"a short text": bounded("short"), "a short list": listed(many[:2], ", "),
		"a condition": condition("Applied", metav1.ConditionFalse, "Malformed", "%s", strings.Repeat("x", 40000)).Message,
	} {
		if len(text) > maxMessage || !utf8.ValidString(text) {
			t.Errorf("%s has %d bytes, valid %t", name, len(text), utf8.ValidString(text))
		}
	}
	if got := listed(many, "; "); !strings.HasSuffix(got, " more") {
		t.Errorf("it does not say how many are left out: %s", got)
	}
	if got, want := described(ovs.Exporter{Format: validation.NetFlow, Targets: many}), " and 895 more targets"; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want it to end with %q", got, want)
	}
	if got := listed(many[:2], ", "); got != "192.0.2.0:1000, 192.0.2.1:1001" {
		t.Errorf("a short list is %q", got)
	}
	if e, omitted := few(ovs.Exporter{Targets: many}); len(e.Targets) != maxTargets || omitted != 900-maxTargets {
		t.Errorf("%d targets are shown, %d are left out", len(e.Targets), omitted)
	}
}
