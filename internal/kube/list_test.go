package kube

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const first = `{"apiVersion":"sluice.dev/v1alpha1","kind":"FlowExport","metadata":{"name":"a","generation":3,"labels":{"x":"y"},"managedFields":[{"manager":"m","fieldsV1":{"f:a":{}}}]},"spec":{"share":0.5}}`

// A tenant decides how large each object is. No second one is read before the first one is reduced.
func TestAListIsReadOneObjectAtATime(t *testing.T) {
	from, to := io.Pipe()
	pruned := make(chan string)
	go func() {
		write := func(text string) {
			if _, err := to.Write([]byte(text)); err != nil {
				t.Error(err)
			}
		}
		write(`{"apiVersion":"sluice.dev/v1alpha1","items":[` + first)
		if name := <-pruned; name != "a" {
			t.Errorf("the first object is %q", name)
		}
		write(`,{"metadata":{"name":"b"}}],"kind":"FlowExportList","metadata":{"continue":"c","resourceVersion":"7"}}`)
		<-pruned
	}()
	list, err := decodeList(from, func(u *unstructured.Unstructured) {
		u.SetLabels(nil)
		pruned <- u.GetName()
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []unstructured.Unstructured{
		{Object: map[string]any{"apiVersion": "sluice.dev/v1alpha1", "kind": "FlowExport", "metadata": map[string]any{"name": "a", "generation": int64(3)}, "spec": map[string]any{"share": 0.5}}},
		{Object: map[string]any{"apiVersion": "sluice.dev/v1alpha1", "kind": "FlowExport", "metadata": map[string]any{"name": "b"}}},
	}
	if diff := cmp.Diff(want, list.Items); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if list.GetKind() != "FlowExportList" || list.GetResourceVersion() != "7" || list.GetContinue() != "c" {
		t.Errorf("the list is %v", list.Object)
	}
}

// What is read in parts is what client-go reads at once.
func TestAListIsReadAsByTheDynamicClient(t *testing.T) {
	for name, text := range map[string]string{
		"objects": `{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"7","remainingItemCount":12},"items":[` + first + `,{"metadata":{"name":"n","annotations":null},"status":{"images":[{"sizeBytes":9007199254740993}],"empty":[],"text":"é"}}]}`,
		"empty":   `{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var want unstructured.UnstructuredList
			if err := want.UnmarshalJSON([]byte(text)); err != nil {
				t.Fatal(err)
			}
			for i := range want.Items {
				want.Items[i].SetManagedFields(nil)
			}
			got, err := decodeList(strings.NewReader(text), func(*unstructured.Unstructured) {})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.UnstructuredContent(), got.UnstructuredContent()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A list that breaks off is no shorter list.
func TestAnIncompleteListIsAnError(t *testing.T) {
	whole := `{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[` + first + `,` + first + `]}`
	if !json.Valid([]byte(whole)) {
		t.Fatal("the list is not JSON")
	}
	for n := range len(whole) {
		if _, err := decodeList(strings.NewReader(whole[:n]), func(*unstructured.Unstructured) {}); err == nil {
			t.Fatalf("no error after %d of %d bytes: %s", n, len(whole), whole[:n])
		}
	}
	for _, text := range []string{`[]`, `{}`, `null`, `<html>`, `{"items":{}}`, `{"items":[7]}`, `{"items":[{"kind":"A"}]}`, `{"kind":"Status","apiVersion":"v1"}`} {
		if _, err := decodeList(strings.NewReader(text), func(*unstructured.Unstructured) {}); err == nil {
			t.Errorf("%s is a list", text)
		}
	}
}
