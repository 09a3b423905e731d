package enforcement

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"sluice/internal/informer"
)

// The lease is lost while the API server hangs. By then another replica exports the violations, and
// those of this replica would never be corrected.
func TestCanceledAuditExportsNoViolations(t *testing.T) {
	requests := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client closed the connection
		requests <- r.Method + " " + r.URL.Path
		<-r.Context().Done()
	}))
	defer server.Close()
	client, err := dynamic.NewForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	// These informers never run, so nothing is stored.
	empty, err := informer.New(client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}), "", "configmaps", logr.Discard())
	if err != nil {
		t.Fatal(err)
	}
	w := &Watch{}
	w.snapshot.Store(newCompiler(nil).compile([]*unstructured.Unstructured{stored(t, "stay-inside", "1", 1, goodSpec)}))
	a := &Auditor{
		Client: client, Watch: w, Now: time.Now, Log: logr.Discard(),
		Violations: func(counts map[string]int) { t.Errorf("it exported %v", counts) },
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := a.audit(ctx, audited{network: empty, config: empty})
		result <- err
	}()
	if got := <-requests; got != "PATCH /apis/sluice.dev/v1alpha1/flowexportpolicies/stay-inside/status" {
		t.Errorf("it sent %s", got)
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("the audit ended with %v", err)
	}
	select {
	case got := <-requests:
		t.Errorf("it sent %s after its context ended", got)
	default:
	}
}
