package packaging

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the table of values in the chart's README again")

// value is one that users may set.
type value struct{ path, preset, comment string }

// values lists those of values.yaml in its order. What the schema doesn't divide further is
// one value, also if it has parts.
func values(node *yaml.Node, schema map[string]any, prefix string) []value {
	var list []value
	properties, _ := schema["properties"].(map[string]any)
	for i := 0; i < len(node.Content); i += 2 {
		key, child := node.Content[i], node.Content[i+1]
		below, _ := properties[key.Value].(map[string]any)
		if _, described := below["description"]; !described && child.Kind == yaml.MappingNode {
			list = append(list, values(child, below, prefix+key.Value+".")...)
			continue
		}
		comment := strings.ReplaceAll(strings.TrimPrefix(key.HeadComment, "# "), "\n# ", " ")
		list = append(list, value{prefix + key.Value, short(child), comment})
	}
	return list
}

// short is a default in one line.
func short(node *yaml.Node) string {
	var v any
	if err := node.Decode(&v); err != nil {
		return err.Error()
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	if len(text) > 60 {
		return "see `values.yaml`"
	}
	return "`" + string(text) + "`"
}

// described are the descriptions of a schema by path.
func described(schema map[string]any, prefix string) map[string]string {
	found := map[string]string{}
	properties, _ := schema["properties"].(map[string]any)
	for name, below := range properties {
		property, _ := below.(map[string]any)
		if text, ok := property["description"].(string); ok {
			found[prefix+name] = text
			continue
		}
		maps.Copy(found, described(property, prefix+name+"."))
	}
	return found
}

// TestValuesAreDocumented in one wording in values.yaml, in the schema, which editors show,
// and in the README.
func TestValuesAreDocumented(t *testing.T) {
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(chart(t), name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var document yaml.Node
	if err := yaml.Unmarshal(read("values.yaml"), &document); err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(read("values.schema.json"), &schema); err != nil {
		t.Fatal(err)
	}
	descriptions := described(schema, "")
	delete(descriptions, "global") // of Helm, for charts that are part of another
	var table strings.Builder
	table.WriteString("| value | default | meaning |\n|---|---|---|\n")
	for _, v := range values(document.Content[0], schema, "") {
		if v.comment == "" || v.comment != descriptions[v.path] {
			t.Errorf("%s: values.yaml says %q, values.schema.json %q", v.path, v.comment, descriptions[v.path])
		}
		delete(descriptions, v.path)
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", v.path, v.preset, v.comment)
	}
	for path := range descriptions {
		t.Errorf("%s is in values.schema.json only", path)
	}

	const begin, end = "from values.yaml -->\n", "<!-- end of values -->\n"
	readme := string(read("README.md"))
	before, rest, _ := strings.Cut(readme, begin)
	_, after, _ := strings.Cut(rest, end)
	want := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile(filepath.Join(chart(t), "README.md"), []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if readme != want {
		t.Error("the README's table of values is out of date; run: go test ./test/packaging -run Documented -update")
	}
}
