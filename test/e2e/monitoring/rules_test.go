package monitoring

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// rule is an alert or a recorded query.
type rule struct {
	Alert       string            `json:"alert"`
	Record      string            `json:"record"`
	Expr        string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// rules reads the PrometheusRules; text is what Prometheus takes, with the groups of all.
func rules(t *testing.T) (list []rule, text []byte) {
	t.Helper()
	var groups []any
	for _, name := range []string{"sluice", "sluice-agent"} {
		own, _, err := unstructured.NestedSlice(find(t, component(t), "PrometheusRule", name).Object, "spec", "groups")
		if err != nil {
			t.Fatal(err)
		}
		groups = append(groups, own...)
	}
	text, err := yaml.Marshal(map[string]any{"groups": groups})
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Groups []struct{ Rules []rule }
	}
	if err := yaml.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	for _, g := range parsed.Groups {
		list = append(list, g.Rules...)
	}
	return list, text
}

// alerts are the rules that alert, by name.
func alerts(t *testing.T) map[string]rule {
	t.Helper()
	list, _ := rules(t)
	found := map[string]rule{}
	for _, r := range list {
		if r.Alert != "" {
			found[r.Alert] = r
		}
	}
	return found
}

// program finds one of Debian's package prometheus, where "make packages" puts it.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{"/usr/bin", filepath.Join(repository(t), "bin/packages/usr/bin")} {
		if found, err := exec.LookPath(filepath.Join(path, name)); err == nil {
			return found
		}
	}
	found, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("no program %s; run \"make packages\"", name)
	}
	return found
}

func promtool(t *testing.T, folder string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program(t, "promtool"), args...)
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAlertsFireWhenTheyShouldAndNotOtherwise(t *testing.T) {
	folder := t.TempDir()
	_, text := rules(t)
	if err := os.WriteFile(filepath.Join(folder, "rules.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, folder, "check", "rules", "--lint-fatal", "rules.yaml")
	for name, cases := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := os.WriteFile(filepath.Join(folder, name), cases, 0o600); err != nil {
				t.Fatal(err)
			}
			promtool(t, folder, "test", "rules", name)
		})
	}
}

// cases are promtool's files of tests, by name.
func cases(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.test.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of tests: %v", err)
	}
	found := map[string][]byte{}
	for _, file := range files {
		if found[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return found
}
