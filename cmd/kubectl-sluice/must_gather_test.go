package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"sluice/cmd/kubectl-sluice/internal/gather"
	"sluice/internal/kube"
)

// endless is an API server with lists that never end.
func endless(t *testing.T) *access {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		item := `{"apiVersion":"v1","kind":"Event","metadata":{"name":"a"}}`
		fmt.Fprintf(w, `{"apiVersion":"v1","kind":"EventList","metadata":{"continue":"more"},"items":[%s]}`, strings.Join(slices.Repeat([]string{item}, 500), ","))
	}))
	t.Cleanup(server.Close)
	client, err := kube.NewClient(&rest.Config{Host: server.URL, QPS: -1})
	if err != nil {
		t.Fatal(err)
	}
	return &access{Reader: kube.Reader{Client: client}}
}

// TestAListIsBounded: the archive says what it does not have.
func TestAListIsBounded(t *testing.T) {
	g := gathering{access: endless(t), archive: gather.New(&bytes.Buffer{}, "f", time.Unix(0, 0))}
	list, err := g.read(t.Context(), "objects/events.yaml", kube.Events(), "", metav1.ListOptions{})
	missed := g.archive.Missed()
	if err != nil || len(list) != mostObjects || len(missed) != 1 || missed[0] != "objects/events.yaml: only the first 10000 events; there are more" {
		t.Errorf("%d objects, %v, missing: %v", len(list), err, missed)
	}
}

// TestWhatIsNotThereIsNotMissing: an object that does not exist can't be gathered; its file says so.
func TestWhatIsNotThereIsNotMissing(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.tar.gz")
	text, code := runIn(t, kubeconfigFor(t, hostileServer(t)), "must-gather", "--file", name)
	if code != 0 || strings.Contains(text, "missing") {
		t.Errorf("exit status %d:\n%s", code, text)
	}
	files := filesOf(t, name)
	const absent = "# customresourcedefinitions.apiextensions.k8s.io flowexports.sluice.dev does not exist.\n"
	if !strings.Contains(files["objects/crds.yaml"], absent) || !strings.Contains(files["objects/crds.yaml"], `"name": "nodeflowexports.sluice.dev"`) {
		t.Errorf("objects/crds.yaml:\n%s", files["objects/crds.yaml"])
	}
	if _, ok := files["sluice-system/logs/sluice-webhook-b-init.log"]; !ok {
		t.Error("no log of a container that runs first")
	}
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
}
