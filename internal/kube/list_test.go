package kube

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
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

// answers answers requests without a network.
type answers func(*http.Request) (int, string)

// RoundTrip implements http.RoundTripper.
func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	code, text := a(r)
	return &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func TestListsAreStreamed(t *testing.T) {
	var asked []string
	client, err := NewClient(&rest.Config{Host: "http://kubernetes.invalid", Transport: answers(func(r *http.Request) (int, string) {
		asked = append(asked, r.URL.String()+" "+r.Header.Get("Accept"))
		if strings.Contains(r.URL.Path, "/nodes") {
			return http.StatusNotFound, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`
		}
		return http.StatusOK, `{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[` + first + `]}`
	})})
	if err != nil {
		t.Fatal(err)
	}
	list := func(r dynamic.ResourceInterface, o metav1.ListOptions) (names []string, err error) {
		s, ok := r.(interface {
			ListEach(context.Context, metav1.ListOptions, func(*unstructured.Unstructured)) (*unstructured.UnstructuredList, error)
		})
		if !ok {
			t.Fatalf("%T reads no list in parts", r)
		}
		_, err = s.ListEach(t.Context(), o, func(u *unstructured.Unstructured) { names = append(names, u.GetName()) })
		return names, err
	}
	for _, r := range []dynamic.ResourceInterface{client.Resource(FlowExports()), client.Resource(FlowExports()).Namespace("team-a"), client.Resource(Namespaces())} {
		if names, err := list(r, metav1.ListOptions{ResourceVersion: "0", Limit: 500, LabelSelector: "a=b"}); err != nil || len(names) != 1 || names[0] != "a" {
			t.Errorf("%v, %v", names, err)
		}
	}
	if _, err := list(client.Resource(Nodes()), metav1.ListOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("an answer of the API server is %v", err)
	}
	const query, accept = "?labelSelector=a%3Db&limit=500&resourceVersion=0", " application/json"
	const host = "http://kubernetes.invalid"
	want := []string{
		host + "/apis/sluice.dev/v1alpha1/flowexports" + query + accept, host + "/apis/sluice.dev/v1alpha1/namespaces/team-a/flowexports" + query + accept,
		host + "/api/v1/namespaces" + query + accept, host + "/api/v1/nodes" + accept,
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}
