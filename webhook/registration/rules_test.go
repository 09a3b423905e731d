package registration

import (
	"context"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic/fake"
)

func TestEachWebhookHasRules(t *testing.T) {
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	expected, err := Expected()
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for kind, list := range expected {
		for _, w := range list {
			names++
			if !w.Active() || len(rules[w.Name]) == 0 {
				t.Errorf("%s: %s has no rules", kind, w.Name)
			}
		}
	}
	if names != len(rules) {
		t.Errorf("%d webhooks, and rules for %d", names, len(rules))
	}
}

// rulesAre changes the rules of all webhooks of a kind; nil removes them.
func rulesAre(t *testing.T, client *fake.FakeDynamicClient, kind string, rules []any) {
	t.Helper()
	u := stored(t, client, kind)
	webhooks, _, err := unstructured.NestedSlice(u.Object, "webhooks")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range webhooks {
		delete(w.(map[string]any), "rules")
		if rules != nil {
			w.(map[string]any)["rules"] = rules
		}
	}
	if err := unstructured.SetNestedSlice(u.Object, webhooks, "webhooks"); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Resource(Resource(kind)).Update(t.Context(), u, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func stored(t *testing.T, client *fake.FakeDynamicClient, kind string) *unstructured.Unstructured {
	t.Helper()
	u, err := client.Resource(Resource(kind)).Get(context.Background(), Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestRulesAreWrittenWhereTheyDiffer(t *testing.T) {
	client := cluster(t)
	rulesAre(t, client, Mutating, nil)
	rulesAre(t, client, Validating, nil)
	now := morning
	w := watching(t, client, &now)
	list, _ := w.State()
	if Active(list) {
		t.Fatal("webhooks without rules count as active")
	}
	problem, _ := w.Problem()
	if n := strings.Count(problem, "it has no rules yet, so that API servers do not call it"); n != len(list[0].Webhooks)+len(list[1].Webhooks) {
		t.Errorf("%d webhooks have no rules: %s", n, problem)
	}
	client.ClearActions()
	if err := w.PublishRules(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	expected, err := Expected()
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range expected {
		got, err := Read(kind, stored(t, client, kind).Object)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range Differences(want, got, Target{}) {
			t.Errorf("%s: %s", kind, d)
		}
		if patch := rulesPatch(Configuration{Kind: kind, Webhooks: got}, want); patch != nil {
			t.Errorf("%s: written again: %v", kind, patch)
		}
	}
}

// A webhook that calls another program is another program's.
func TestRulesOfOthersAreLeftAlone(t *testing.T) {
	expected, err := Expected()
	if err != nil {
		t.Fatal(err)
	}
	list := expected[Mutating]
	other := list[0]
	other.ClientConfig.Service = other.ClientConfig.Service.DeepCopy()
	other.ClientConfig.Service.Name = "other"
	other.fields = nil
	if patch := rulesPatch(Configuration{Kind: Mutating, Webhooks: []Webhook{other, {Name: "unknown", ClientConfig: list[1].ClientConfig}}}, list); patch != nil {
		t.Errorf("got %v", patch)
	}
}
