package doctor

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-project/sluice/certs"
)

func TestTheManifestsDifferInNothingFromThemselves(t *testing.T) {
	mutating, validating, err := wanted()
	if err != nil || len(mutating) != 2 || len(validating) != 4 {
		t.Fatalf("%d and %d webhooks, %v", len(mutating), len(validating), err)
	}
	if found := append(differences(mutating, mutating), differences(validating, validating)...); found != nil {
		t.Error(found)
	}
}

func TestWhatLetsRequestsByIsFound(t *testing.T) {
	base := func() admissionregistrationv1.ValidatingWebhook {
		return admissionregistrationv1.ValidatingWebhook{Name: "a", FailurePolicy: new(admissionregistrationv1.Fail)}
	}
	want := fromValidating([]admissionregistrationv1.ValidatingWebhook{base()})
	for name, c := range map[string]struct {
		change func(w *admissionregistrationv1.ValidatingWebhook)
		want   []string
	}{
		"defaults written out": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.NamespaceSelector, w.ObjectSelector = &metav1.LabelSelector{}, &metav1.LabelSelector{}
		}, nil},
		"another CA":       {func(w *admissionregistrationv1.ValidatingWebhook) { w.ClientConfig.CABundle = []byte("x") }, nil},
		"a longer timeout": {func(w *admissionregistrationv1.ValidatingWebhook) { w.TimeoutSeconds = new(int32(9)) }, nil},
		"failures ignored": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.FailurePolicy = new(admissionregistrationv1.Ignore)
		}, []string{"failurePolicy of a is another"}},
		"one more condition": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.MatchConditions = []admissionregistrationv1.MatchCondition{{Name: "never"}}
		}, []string{"matchConditions of a is another"}},
		"fewer objects": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.ObjectSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}
		}, []string{"objectSelector of a is another"}},
		"another name": {func(w *admissionregistrationv1.ValidatingWebhook) { w.Name = "b" }, []string{"a is missing", "b is not Sluice's"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := base()
			c.change(&w)
			if diff := cmp.Diff(c.want, differences(want, fromValidating([]admissionregistrationv1.ValidatingWebhook{w}))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTrust(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	bundle := func(lifetime time.Duration) []byte {
		a, err := certs.NewAuthority("test", now.Add(-time.Hour), lifetime+time.Hour, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return a.Bundle()
	}
	month, day, past := bundle(30*24*time.Hour), bundle(24*time.Hour), bundle(-time.Minute)
	for name, c := range map[string]struct {
		bundle []byte
		want   string
	}{
		"a month left":           {month, ""},
		"an old one beside":      {bytes.Join([][]byte{past, month}, nil), ""},
		"a day left":             {day, "expires at 2026-11-24T08:00:00Z"},
		"expired":                {past, "expired at 2026-11-23T07:59:00Z"},
		"none":                   {nil, "has no caBundle"},
		"something else":         {[]byte("hello"), "without a certificate"},
		"a key in place of a CA": {[]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "without a certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := trust(c.bundle, now); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
