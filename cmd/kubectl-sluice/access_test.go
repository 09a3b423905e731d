package main

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// printed counts the warnings that client-go would print.
type printed struct{ atomic.Int32 }

func (p *printed) HandleWarningHeader(int, string, string) { p.Add(1) }

// The dry run of doctor provokes warnings.
func TestWarningsOfTheAPIServerAreNotPrinted(t *testing.T) {
	t.Setenv("KUBE_FEATURE_WatchListClient", "false") // client-go reads it once, for the other tests too
	var warnings printed
	rest.SetDefaultWarningHandler(&warnings)
	defer rest.SetDefaultWarningHandler(rest.WarningLogger{})
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Warning", `299 - "spec.exportNetworkFlows: no effect"`)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"}}`))
	}))
	defer server.Close()
	config := clientcmd.NewDefaultClientConfig(*clientcmdapi.NewConfig(), &clientcmd.ConfigOverrides{ClusterInfo: clientcmdapi.Cluster{Server: server.URL}})
	a, err := newAccess(config, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Network(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.metrics(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := warnings.Load(); n != 0 || asked != 2 {
		t.Errorf("%d warnings of %d answers are printed", n, asked)
	}
}
