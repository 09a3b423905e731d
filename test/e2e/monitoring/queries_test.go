package monitoring

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// ruleQueries are the expressions of the rules.
func ruleQueries(t *testing.T) []query {
	t.Helper()
	var all []query
	list, _ := rules(t)
	for _, r := range list {
		all = append(all, query{where: "rule " + r.Alert + r.Record + r.Labels["problem"], expr: r.Expr})
	}
	return all
}

// dashboard is what counts of the ConfigMap's content.
type dashboard struct {
	Panels []struct {
		Title   string
		Targets []struct{ Expr, LegendFormat string }
	}
	Templating struct {
		List []struct {
			Name, Type string
			Query      json.RawMessage
		}
	}
	Annotations struct{ List []struct{ Name, Expr string } }
}

// valuesPattern is Grafana's own function, for variables.
var valuesPattern = regexp.MustCompile(`^label_values\(([^,]+), (\w+)\)$`)

// dashboardQueries are those of the panels, variables and annotations, with the variables as
// they are when all is chosen.
func dashboardQueries(t *testing.T) []query {
	t.Helper()
	data, _, err := nestedString(find(t, component(t), "ConfigMap", "sluice-dashboard"), "data", "sluice.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		t.Fatal(err)
	}
	chosen := strings.NewReplacer("$__rate_interval", "5m", "$__interval", "2m", "$node", ".*", "$policy", ".*")
	var all []query
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all = append(all, query{where: "panel " + p.Title, expr: chosen.Replace(target.Expr), legend: target.LegendFormat, panel: true})
		}
	}
	for _, a := range d.Annotations.List {
		all = append(all, query{where: "annotation " + a.Name, expr: a.Expr})
	}
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		var value struct{ Query string }
		if err := json.Unmarshal(v.Query, &value); err != nil {
			t.Fatal(err)
		}
		m := valuesPattern.FindStringSubmatch(value.Query)
		if m == nil {
			t.Fatalf("the variable %s is not label_values(metric, label): %s", v.Name, value.Query)
		}
		all = append(all, query{where: "variable " + v.Name, expr: "count by (" + m[2] + ") (" + m[1] + ")", panel: true})
	}
	for _, q := range all {
		if strings.Contains(q.expr, "$") {
			t.Errorf("%s: an unknown variable in %s", q.where, q.expr)
		}
	}
	return all
}
