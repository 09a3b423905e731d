package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"k8s.io/apimachinery/pkg/runtime"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"

	"sluice/internal/document"
	"sluice/test/fixtures/layouts"
	"sluice/validation"
)

// sent decodes a file with the parts that kubectl is made from (k8s.io/cli-runtime/pkg/resource,
// FileVisitor and StreamVisitor). test/e2e/admission compares with kubectl itself.
func sent(data []byte) (objects []map[string]any, err error) {
	decoder := kubeyaml.NewYAMLOrJSONDecoder(transform.NewReader(bytes.NewReader(data), unicode.BOMOverride(unicode.UTF8.NewDecoder())), 4096)
	for {
		var raw runtime.RawExtension
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return objects, err
		}
		raw.Raw = bytes.TrimSpace(raw.Raw)
		if len(raw.Raw) == 0 || bytes.Equal(raw.Raw, []byte("null")) {
			continue
		}
		var object map[string]any
		if err := json.Unmarshal(raw.Raw, &object); err != nil {
			return objects, err
		}
		items, ok := object["items"].([]any)
		if !ok {
			items = []any{object}
		}
		for _, item := range items {
			if object := item.(map[string]any); object["apiVersion"] != nil && object["kind"] != nil {
				objects = append(objects, object)
			}
		}
	}
}

// read returns the content of the documents as JSON has it.
func read(t *testing.T, data []byte) (objects []map[string]any, docs []document.Document, err error) {
	t.Helper()
	docs, err = document.Parse("a.yaml", data)
	for _, d := range docs {
		content, contentErr := d.Content()
		if contentErr != nil {
			t.Fatal(contentErr)
		}
		text, jsonErr := json.Marshal(content)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		var object map[string]any
		if jsonErr := json.Unmarshal(text, &object); jsonErr != nil {
			t.Fatal(jsonErr)
		}
		objects = append(objects, object)
	}
	return objects, docs, err
}

// TestReadsWhatKubectlSends: a document means what kubectl sends. What kubectl can't read is an
// error here; the other way round, an error is no green result.
func TestReadsWhatKubectlSends(t *testing.T) {
	same, refused := 0, 0
	// kubectl ignores the end of these files without a word.
	// Of the last one, it says that apiVersion is missing.
	stricter := map[string]bool{"flow and more": true, "dots and more": true, "mark after a comment": true}
	compare := func(name string, data []byte) {
		t.Helper()
		want, wantErr := sent(data)
		got, docs, err := read(t, data)
		if wantErr != nil {
			refused++
			if err == nil && name != "a list at the top" { // it is not judged

				t.Errorf("%s: kubectl: %v, but it is read as %v\n%q", name, wantErr, got, data)
			}
			return
		}
		if err != nil {
			if stricter[name] {
				return
			}
			t.Errorf("%s: %v, but kubectl reads %v\n%q", name, err, want, data)
			return
		}
		same++
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("%s (-kubectl +Sluice)\n%s\n%q", name, diff, data)
		}
		for i, d := range docs {
			reviewed(t, name, d.Object, want[i])
		}
	}
	for _, s := range layouts.Scalars() {
		compare("scalar", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config}\ndata:\n  sampling: "+s+"\n"))
		compare("item", []byte("apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\nspec:\n  exportNetworkFlows:\n    netFlow:\n      collectors:\n      - "+s+"\n"))
	}
	for _, f := range layouts.Files() {
		compare(f.Name, f.Text)
	}
	if same < 5000 || refused < 20 {
		t.Errorf("%d files are read, %d refused: the test proves little", same, refused)
	}
	t.Logf("%d files are read alike, %d refused", same, refused)
}

// reviewed compares the values that are reviewed with what kubectl sends.
func reviewed(t *testing.T, name string, o validation.Object, sent map[string]any) {
	t.Helper()
	for _, f := range validation.Fields(o.Resource) {
		var want any = sent
		for _, key := range f.Path {
			object, _ := want.(map[string]any)
			want = object[key]
		}
		if data, ok := want.(map[string]any); ok && o.Resource == validation.FlowsConfig && f.Path[0] == "data" {
			for key, v := range data {
				if v == nil {
					data[key] = "" // as the API server stores it
				}
			}
		}
		if got, want := plain(*f.Of(&o)), withoutNumbers(want); !cmp.Equal(got, want) {
			t.Errorf("%s: %v is reviewed as %v, and sent as %v", name, f.Path, got, want)
		}
	}
}

// plain is a value as JSON has it. Numbers and booleans are compared by their kind: the text is that
// of the file.
func plain(v validation.Value) any {
	switch v.Kind {
	case validation.String:
		return v.Text
	case validation.List:
		list := []any{}
		for _, item := range v.Items {
			list = append(list, plain(item))
		}
		return list
	case validation.Map:
		object := map[string]any{}
		for _, m := range v.Members {
			object[m.Key] = plain(m.Value)
		}
		return object
	case validation.Number:
		return 0
	case validation.Bool:
		return true
	default:
		return nil
	}
}

// withoutNumbers replaces numbers and booleans as plain does.
func withoutNumbers(v any) any {
	switch v := v.(type) {
	case float64:
		return 0
	case bool:
		return true
	case []any:
		list := []any{}
		for _, item := range v {
			list = append(list, withoutNumbers(item))
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for key, value := range v {
			object[key] = withoutNumbers(value)
		}
		return object
	}
	return v
}

// kubectl decodes keys with a tag.
func TestTaggedKeys(t *testing.T) {
	const object = "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\n"
	for _, text := range []string{
		object + "!!binary c3BlYw==: {exportNetworkFlows: {netFlow: {collectors: [10.0.0.01:2055]}}}\n",
		object + "spec: {!!binary ZXhwb3J0TmV0d29ya0Zsb3dz: {netFlow: {collectors: [10.0.0.01:2055]}}}\n",
		object + "spec: {exportNetworkFlows: {!!binary bmV0Rmxvdw==: {!!str collectors: [10.0.0.01:2055]}}}\n",
	} {
		docs, err := document.Parse("a.yaml", []byte(text))
		if err != nil {
			continue // as good
		}
		if len(docs) != 1 || !strings.Contains(describe(docs[0]), "spec.exportNetworkFlows.netFlow.collectors[0] leading-zero") {
			t.Errorf("%s: %d documents: %s", text, len(docs), describe(docs[0]))
		}
	}
}
