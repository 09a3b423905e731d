package policy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
	"sluice/validation/policy"
)

var update = flag.Bool("update", false, "update the golden files")

// TestExplain compares what is printed with testdata/explain/USER.txt.
func TestExplain(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "explain", "policies.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := policy.Read("policies.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, policy.Policy{Name: "broken", Subjects: []policy.Subject{{Name: "unlucky"}}, Fault: "spec.deny: is an object, but must be a list"})
	set := policy.Compile(list, "argocd")
	for _, user := range []validation.User{
		{Name: "mary", Groups: []string{"team-a"}},
		{Name: "john", Groups: []string{"security"}},
		{Name: "unlucky", Groups: []string{"security"}},
		{Name: "argocd"},
		{},
	} {
		name := user.Name
		if name == "" {
			name = "anybody"
		}
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := policy.Explain(set, user).WriteText(&out); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "explain", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestExplainSaysNothingOfStrangers leaves out policies that are for others.
func TestExplainSaysNothingOfStrangers(t *testing.T) {
	set := policy.Compile([]policy.Policy{{Name: "a", Subjects: []policy.Subject{{Name: "mary"}}, Deny: []policy.Rule{{}}}})
	e := policy.Explain(set, validation.User{Name: "john"})
	if len(e.Policies) != 0 || len(e.Levels) != 0 || e.All != 1 {
		t.Errorf("%+v", e)
	}
}

// TestExplainNamesEveryNetwork: a denial cuts a long list of networks, so the explanation must not.
func TestExplainNamesEveryNetwork(t *testing.T) {
	var networks []string
	for i := range 256 {
		networks = append(networks, fmt.Sprintf("10.20.%d.0/24", i))
	}
	rule := policy.Rule{Destinations: prefixes(networks...)}
	e := policy.Explain(policy.Compile([]policy.Policy{{Name: "a", Allow: []policy.Rule{rule}, Deny: []policy.Rule{rule}}}), mary)
	for _, text := range []string{e.Levels[0].Allow[0].Text, e.Levels[0].Deny[0].Text} {
		for _, network := range networks {
			if !strings.Contains(text, network) {
				t.Fatalf("%s is missing in %s", network, text)
			}
		}
	}
}
