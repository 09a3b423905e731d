package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-logr/logr"

	"sluice/webhook/registration"
)

// A revocation of many FlowExports must not wait for the client: the API server has priorities of its own.
func TestTheClientDoesNotLimitRequests(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kubeconfig")
	const kubeconfig = "apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nusers: [{name: a, user: {token: x}}]\n"
	if err := os.WriteFile(file, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	f := apiServerFlags{kubeconfig: file, staleAfter: defaultStaleAfter}
	for _, r := range []role{control, serve} {
		api, err := f.open(r, registration.Target{}, logr.Discard())
		if err != nil {
			t.Fatal(err)
		}
		if api.config.QPS >= 0 {
			t.Errorf("%s: %v requests a second", api.config.UserAgent, api.config.QPS)
		}
	}
}
