package staleness

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

var shared struct {
	*cluster.ControlPlane
	program string
}

// partial is a user with some of the rights of the webhook.
const partial = "partial"

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Suite{Users: append(cluster.Users(), cluster.User{Name: partial}), Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
		shared.ControlPlane = c
		if err := errors.Join(c.InstallOpenShift(ctx), c.InstallPolicies(ctx)); err != nil {
			return nil, err
		}
		shared.program, err = cluster.BuildWebhook(ctx, c.Dir)
		return nil, err
	}})
}

// start runs a replica until the test ends. It reaches the API server through a proxy, if there is
// one.
func start(t *testing.T, proxy *cluster.Proxy, flags ...string) (*cluster.Sluice, *cluster.Log) {
	t.Helper()
	server := ""
	if proxy != nil {
		server = proxy.Address
	}
	kubeconfig, err := shared.WebhookKubeconfigFor(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	log := &cluster.Log{}
	s, err := cluster.StartSluice(t.Context(), shared.program, t.TempDir(), log, append([]string{"--policies=cluster", "--kubeconfig=" + kubeconfig}, flags...)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the webhook:\n%s", log)
		}
	})
	return s, log
}

func must(t *testing.T, stdin string, args ...string) cluster.Result {
	t.Helper()
	r, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// eventually waits for a condition that says what is missing.
func eventually(t *testing.T, condition func() string) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string { return condition() }); err != nil {
		t.Fatal(err)
	}
}

// get requests a URL.
func get(t *testing.T, url string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// value is the value of a series; empty if there is none.
func value(t *testing.T, s *cluster.Sluice, series string) string {
	t.Helper()
	_, text := get(t, s.Metrics)
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

func seconds(t *testing.T, text string) float64 {
	t.Helper()
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// change is a review of a change that adds a collector.
const change = `{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
"uid": "1", "operation": "UPDATE", "name": "cluster", "userInfo": {"username": "mary"},
"kind": {"group": "operator.openshift.io", "version": "v1", "kind": "Network"},
"resource": {"group": "operator.openshift.io", "version": "v1", "resource": "networks"},
"object": {"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": {"name": "cluster"}, "spec": {"exportNetworkFlows": {"netFlow": {"collectors": ["192.0.2.1:2055"]}}}},
"oldObject": {"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": {"name": "cluster"}, "spec": {}}}}`

// review sends the change to a replica: it is "allowed", "denied", or the error that was answered.
func review(t *testing.T, s *cluster.Sluice) string {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.Bundle)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/validate", bytes.NewReader([]byte(change)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Sprintf("%d: %s", response.StatusCode, body)
	}
	var answer admissionv1.AdmissionReview
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Response.Allowed {
		return "allowed"
	}
	return "denied"
}
