package registration

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestManifestsHaveNoDifferencesFromThemselves(t *testing.T) {
	want, err := Expected()
	mutating, validating := want[Mutating], want[Validating]
	if err != nil || len(mutating) < 2 || len(validating) < 4 {
		t.Fatalf("%d and %d webhooks, %v", len(mutating), len(validating), err)
	}
	if found := append(Differences(mutating, mutating, Target{}), Differences(validating, validating, Target{})...); found != nil {
		t.Error(found)
	}
}

// A field that the API adds to a webhook is compared as soon as it is known here.
func TestEveryFieldOfAWebhookIsCompared(t *testing.T) {
	for _, kind := range []reflect.Type{reflect.TypeFor[admissionregistrationv1.MutatingWebhook](), reflect.TypeFor[admissionregistrationv1.ValidatingWebhook]()} {
		want, err := Expected()
		if err != nil {
			t.Fatal(err)
		}
		webhook := want[Validating][0]
		if kind.Name() == "MutatingWebhook" {
			webhook = want[Mutating][0]
		}
		for field := range kind.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "name" || name == "clientConfig" {
				continue
			}
			if _, ok := webhook.fields[name]; !ok {
				t.Errorf("the field %s of a %s is not in the manifests", name, kind.Name())
			}
			changed := Webhook{webhook.Name, webhook.ClientConfig, map[string]any{name: []any{"another"}}}
			for key, value := range webhook.fields {
				if key != name {
					changed.fields[key] = value
				}
			}
			if list := Differences([]Webhook{webhook}, []Webhook{changed}, Target{}); len(list) != 1 || !strings.Contains(list[0], name+" differs") {
				t.Errorf("%s: %v", name, list)
			}
		}
	}
}

type (
	webhook = admissionregistrationv1.ValidatingWebhook
	config  = admissionregistrationv1.WebhookClientConfig
)

func TestDifferencesThatAffectReviewsAreFound(t *testing.T) {
	base := func() webhook {
		return webhook{
			Name: "a", FailurePolicy: new(admissionregistrationv1.Fail), SideEffects: new(admissionregistrationv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"},
			Rules: []admissionregistrationv1.RuleWithOperations{{Rule: admissionregistrationv1.Rule{Resources: []string{"networks"}, Scope: new(admissionregistrationv1.AllScopes)}}},
			ClientConfig: config{Service: &admissionregistrationv1.ServiceReference{
				Namespace: "sluice-system", Name: "sluice-webhook", Path: new("/validate"), Port: new(int32(443)),
			}},
		}
	}
	want := one(t, base())
	for name, c := range map[string]struct {
		change func(w *webhook)
		want   []string
	}{
		"defaults written out": {func(w *webhook) {
			w.NamespaceSelector, w.ObjectSelector = &metav1.LabelSelector{}, &metav1.LabelSelector{}
			w.MatchPolicy, w.TimeoutSeconds = new(admissionregistrationv1.Equivalent), new(int32(10))
		}, nil},
		"defaults left out": {func(w *webhook) {
			w.FailurePolicy, w.ClientConfig.Service.Port, w.Rules[0].Scope = nil, nil, nil
		}, nil},
		"another CA":       {func(w *webhook) { w.ClientConfig.CABundle = []byte("x") }, nil},
		"another port":     {func(w *webhook) { w.ClientConfig.Service.Port = new(int32(8443)) }, []string{`a: clientConfig.service.port differs from the manifests ("8443" instead of "443")`}},
		"on loopback":      {func(w *webhook) { w.ClientConfig = config{URL: new("https://127.0.0.1:9744/validate")} }, []string{`a: clientConfig calls a URL instead of the Service ("https://127.0.0.1:9744" instead of "sluice-system/sluice-webhook")`}},
		"another Service":  {func(w *webhook) { w.ClientConfig.Service.Namespace = "default" }, []string{`a: clientConfig.service.namespace differs from the manifests ("default" instead of "sluice-system")`}},
		"another path":     {func(w *webhook) { w.ClientConfig.Service.Path = new("/healthz") }, []string{"a: clientConfig.service.path is a path that the webhook does not answer"}},
		"another timeout":  {func(w *webhook) { w.TimeoutSeconds = new(int32(1)) }, []string{`a: timeoutSeconds differs from the manifests ("1" instead of "10")`}},
		"side effects":     {func(w *webhook) { w.SideEffects = new(admissionregistrationv1.SideEffectClassNoneOnDryRun) }, []string{`a: sideEffects differs from the manifests ("NoneOnDryRun" instead of "None")`}},
		"another version":  {func(w *webhook) { w.AdmissionReviewVersions = []string{"v2", "v1"} }, []string{"a: admissionReviewVersions differs from the manifests"}},
		"another scope":    {func(w *webhook) { w.Rules[0].Scope = new(admissionregistrationv1.NamespacedScope) }, []string{"a: rules differs from the manifests"}},
		"failures ignored": {func(w *webhook) { w.FailurePolicy = new(admissionregistrationv1.Ignore) }, []string{`a: failurePolicy differs from the manifests ("Ignore" instead of "Fail")`}},
		"one more condition": {func(w *webhook) {
			w.MatchConditions = []admissionregistrationv1.MatchCondition{{Name: "never"}}
		}, []string{"a: matchConditions differs from the manifests"}},
		"an object selector": {func(w *webhook) {
			w.ObjectSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}
		}, []string{"a: objectSelector differs from the manifests"}},
		"another name": {func(w *webhook) { w.Name = "b" }, []string{"a is missing", "b is not in the manifests"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := base()
			c.change(&w)
			if diff := cmp.Diff(c.want, Differences(want, one(t, w), Target{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func one(t *testing.T, list ...webhook) []Webhook {
	t.Helper()
	webhooks, err := fromValidating(list)
	if err != nil {
		t.Fatal(err)
	}
	return webhooks
}

func TestOnlyTheServingPortOnLoopbackIsTheTarget(t *testing.T) {
	service := one(t, webhook{Name: "a", ClientConfig: config{Service: &admissionregistrationv1.ServiceReference{Namespace: "sluice-system", Name: "sluice-webhook", Path: new("/validate")}}})
	target := Target{Loopback: 9744, Path: func(fixed, path string) bool { return path == fixed || path == fixed+"/secret" }}
	for url, same := range map[string]bool{
		"https://127.0.0.1:9744/validate/secret":     true,
		"https://[::1]:9744/validate/secret":         true,
		"https://127.0.0.1:9/validate/secret":        false,
		"https://127.0.0.1/validate/secret":          false,
		"https://127.0.0.1:9744/validate":            true,
		"https://127.0.0.1:9744/mutate/secret":       false,
		"https://127.0.0.1:9744/validated":           false,
		"https://127.0.0.1:9744/validate/secret?a=b": false,
		"https://a@127.0.0.1:9744/validate/secret":   false,
		"http://127.0.0.1:9744/validate/secret":      false,
		"https://localhost:9744/validate/secret":     false,
		"https://192.0.2.1:9744/validate/secret":     false,
	} {
		got := one(t, webhook{Name: "a", ClientConfig: config{URL: &url}})
		if list := Differences(service, got, target); (len(list) == 0) != same {
			t.Errorf("%s: %v", url, list)
		} else if text := strings.Join(list, ""); strings.Contains(text, "secret") || strings.Contains(text, "a@") {
			t.Errorf("%s: the difference shows what may be secret: %s", url, text)
		}
	}
	if list := Differences(service, service, target); len(list) != 1 || !strings.Contains(list[0], "calls a Service instead of https://127.0.0.1:9744") {
		t.Errorf("a Service: %v", list)
	}
}

// A caller that does not know where the webhook serves finds the webhook that is unlike the others.
func TestTheTargetOfMostWebhooksIsInferred(t *testing.T) {
	at := func(urls ...string) []Webhook {
		var list []webhook
		for _, url := range urls {
			w := webhook{ClientConfig: config{URL: &url}}
			if url == "" {
				w.ClientConfig = config{Service: &admissionregistrationv1.ServiceReference{}}
			}
			list = append(list, w)
		}
		return one(t, list...)
	}
	const own, other = "https://127.0.0.1:9744/validate", "https://127.0.0.1:9/validate"
	for _, c := range []struct {
		urls []string
		want int
	}{
		{nil, 0},
		{[]string{"", ""}, 0},
		{[]string{own, own, other}, 9744},
		{[]string{other, own, own}, 9744},
		{[]string{"", own, ""}, 0},
		{[]string{"https://192.0.2.1:1/", own, own}, 9744},
	} {
		if got := (Target{Loopback: Inferred}).Resolve(at(c.urls...)); got.Loopback != c.want {
			t.Errorf("%q: %d, want %d", c.urls, got.Loopback, c.want)
		}
	}
	if got := (Target{Loopback: 1}).Resolve(at(own)); got.Loopback != 1 {
		t.Error("a known target is inferred")
	}
}

func TestValuesOfDifferencesAreBounded(t *testing.T) {
	if text := instead(strings.Repeat("x", 10_000)+"\n", "y"); len(text) > 2*maxShown || slices.Contains([]byte(text), '\n') {
		t.Errorf("%d bytes: %s", len(text), text[:min(len(text), 300)])
	}
}

// The webhook for NetObserv may be missing, but what is there must be as the manifests have it.
func TestTheWebhookForNetObservIsOptional(t *testing.T) {
	want, err := Expected()
	if err != nil {
		t.Fatal(err)
	}
	all := want[Validating]
	at := slices.IndexFunc(all, func(w Webhook) bool { return w.Name == FlowCollectors })
	if at < 0 {
		t.Fatalf("no %s in the manifests", FlowCollectors)
	}
	if found := Differences(all, slices.Delete(slices.Clone(all), at, at+1), Target{}); found != nil {
		t.Errorf("without it: %v", found)
	}
	changed := slices.Clone(all)
	changed[at].fields = maps.Clone(all[at].fields)
	changed[at].fields["failurePolicy"] = "Ignore"
	if found := Differences(all, changed, Target{}); len(found) != 1 || !strings.Contains(found[0], "failurePolicy differs") {
		t.Errorf("with another failure policy: %v", found)
	}
}
