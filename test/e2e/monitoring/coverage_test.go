package monitoring

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestEachAlertIsTested: a case of an alert begins with its name. At one time at least it
// fires, at another nothing does, and its text is written down.
func TestEachAlertIsTested(t *testing.T) {
	fires, silent, told := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, text := range cases(t) {
		var file struct {
			Tests []struct {
				Name  string
				Exprs []struct {
					Samples []struct{ Labels string } `json:"exp_samples"`
				} `json:"promql_expr_test"`
				Texts []struct {
					Alertname string
					Alerts    []struct{} `json:"exp_alerts"`
				} `json:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		for _, test := range file.Tests {
			name, _, _ := strings.Cut(test.Name, ",")
			for _, e := range test.Exprs {
				silent[name] = silent[name] || len(e.Samples) == 0
				for _, s := range e.Samples {
					fires[name] = fires[name] || strings.Contains(s.Labels, `"`+name+`"`)
				}
			}
			for _, x := range test.Texts {
				told[x.Alertname] = len(x.Alerts) > 0
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(alerts(t))) {
		if !fires[name] || !silent[name] || !told[name] {
			t.Errorf("%s: shown to fire: %v, not to fire: %v, text: %v; add a case to testdata", name, fires[name], silent[name], told[name])
		}
	}
}

// TestProblemsAreRecordedAndAskedFor: a misspelled problem would never alert, without an error.
func TestProblemsAreRecordedAndAskedFor(t *testing.T) {
	recorded, asked := map[string]bool{}, map[string]bool{}
	list, _ := rules(t)
	for _, r := range list {
		if r.Labels["problem"] != "" {
			recorded[r.Labels["problem"]] = true
		}
		for _, m := range regexp.MustCompile(`problem="([^"]*)"`).FindAllStringSubmatch(r.Expr, -1) {
			asked[m[1]] = true
			// The text names the nodes that the query counts.
			if !strings.Contains(r.Annotations["description"], `problem=\"`+m[1]+`\"`) {
				t.Errorf("%s: the description lists other nodes than the query counts", r.Alert)
			}
		}
	}
	if !maps.Equal(recorded, asked) {
		t.Errorf("recorded are %v, asked for %v", recorded, asked)
	}
}
