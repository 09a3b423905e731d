package monitoring

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func nestedString(o object, path ...string) (string, bool, error) {
	return unstructured.NestedString(o.Object, path...)
}

// TestTheDashboardIsFoundAndImported: Grafana's sidecar goes by the label, and a datasource by
// name would be another one in each installation.
func TestTheDashboardIsFoundAndImported(t *testing.T) {
	o := find(t, component(t), "ConfigMap", "sluice-dashboard")
	if o.GetNamespace() != "sluice-system" || o.GetLabels()["grafana_dashboard"] != "1" {
		t.Errorf("the ConfigMap is in %s with the labels %v", o.GetNamespace(), o.GetLabels())
	}
	data, _, err := nestedString(o, "data", "sluice.json")
	if err != nil {
		t.Fatal(err)
	}
	type source struct{ Type, UID string }
	var d struct {
		UID           string
		SchemaVersion int
		Panels        []struct {
			ID          int
			Type, Title string
			Description string
			Datasource  source
			GridPos     struct{ H, W, X, Y int }
			Interval    string
			Targets     []struct {
				Datasource source
				Expr       string
			}
		}
	}
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		t.Fatal(err)
	}
	if d.UID == "" || d.SchemaVersion < 36 || len(d.Panels) < 20 {
		t.Errorf("uid %q, schema %d, %d panels", d.UID, d.SchemaVersion, len(d.Panels))
	}
	taken, ids := map[[2]int]string{}, map[int]bool{}
	want := source{"prometheus", "${datasource}"}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("%s: the id %d is another's", p.Title, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies over %s or outside", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Type == "stat" && p.GridPos.W < 4 {
			t.Errorf("%s is too narrow for its title", p.Title)
		}
		if (p.Title == "Firing alerts" || p.Title == "Nodes with a problem") && p.GridPos.Y+p.GridPos.H > 20 {
			t.Errorf("%s is below the first screen", p.Title)
		}
		for _, target := range p.Targets {
			if p.Type == "timeseries" && strings.Contains(target.Expr, "increase(") && (p.Interval == "" || !strings.Contains(target.Expr, "[$__interval]")) {
				t.Errorf("%s counts events in more than one bar: %s", p.Title, target.Expr)
			}
		}
		if p.Datasource != want || p.Description == "" {
			t.Errorf("%s: data source %v, description %q", p.Title, p.Datasource, p.Description)
		}
		for _, target := range p.Targets {
			if target.Datasource != want {
				t.Errorf("%s: data source %v", p.Title, target.Datasource)
			}
		}
	}
}
