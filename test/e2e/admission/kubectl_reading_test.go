package admission

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/internal/document"
	"sluice/test/fixtures/layouts"
	"sluice/test/harness/cluster"
)

const (
	// batch is how many documents kubectl reads at once.
	batch = 500
	// triedAlone is how many of the files that Sluice can't read are given to kubectl, each alone.
	triedAlone = 60
)

// TestKubectlReadsFilesAlike gives the texts that readers of YAML read differently to kubectl itself.
// internal/document compares them with the libraries that kubectl is made from.
func TestKubectlReadsFilesAlike(t *testing.T) {
	var readable [][]byte
	var unreadable [][]byte
	for _, s := range layouts.Scalars() {
		text := []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config}\ndata:\n  sampling: " + s + "\n")
		if _, err := document.Read("a.yaml", text); err != nil {
			unreadable = append(unreadable, text)
		} else {
			readable = append(readable, text)
		}
	}
	compared := 0
	for len(readable) > 0 {
		n := min(batch, len(readable))
		compared += readAlike(t, "scalars", bytes.Join(readable[:n], []byte("---\n")))
		readable = readable[n:]
	}
	for _, text := range unreadable[:min(triedAlone, len(unreadable))] {
		if result := create(t, text); result.Code == 0 {
			t.Errorf("kubectl reads what Sluice refuses:\n%s\n%s", text, result.Stdout)
		}
	}
	for _, f := range layouts.Files() {
		if file, err := document.Read("a.yaml", f.Text); err == nil && len(file.Documents) > 0 {
			compared += readAlike(t, f.Name, f.Text)
		}
	}
	if compared < 3900 {
		t.Errorf("only %d documents were compared", compared)
	}
	t.Logf("%d documents were compared", compared)
}

// create is what kubectl says of a file.
func create(t *testing.T, text []byte) cluster.Result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := shared.Kubectl(t.Context(), cluster.Admin, "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", file)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// readAlike compares the fields that are reviewed, and returns how many documents there are.
func readAlike(t *testing.T, name string, text []byte) int {
	t.Helper()
	docs, err := document.Parse("a.yaml", text)
	if err != nil {
		t.Fatal(name, err)
	}
	result := create(t, text)
	if older := os.Getenv(cluster.ReleaseVariable) != ""; older && result.Code != 0 && bytes.HasPrefix(text, []byte("{")) {
		return 0 // older releases of kubectl take it for JSON, and refuse what is only YAML
	}
	if result.Code != 0 {
		t.Errorf("%s: kubectl: %s", name, result.Stderr)
		return 0
	}
	var sent []map[string]any
	decoder := json.NewDecoder(bytes.NewReader([]byte(result.Stdout)))
	for decoder.More() {
		var object map[string]any
		if err := decoder.Decode(&object); err != nil {
			t.Fatal(name, err)
		}
		if items, ok := object["items"].([]any); ok {
			for _, item := range items {
				sent = append(sent, item.(map[string]any))
			}
			continue
		}
		sent = append(sent, object)
	}
	if len(sent) != len(docs) {
		t.Errorf("%s: kubectl sends %d objects, Sluice reads %d", name, len(sent), len(docs))
		return 0
	}
	for i, d := range docs {
		content, err := d.Content()
		if err != nil {
			t.Fatal(name, err)
		}
		for _, field := range []string{"kind", "data", "spec"} {
			if want, got := asJSON(t, sent[i][field]), asJSON(t, content[field]); want != got {
				t.Errorf("%s, document %d: %s (-kubectl +Sluice)\n%s", name, i, field, cmp.Diff(want, got))
			}
		}
	}
	return len(docs)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(plain)
}
