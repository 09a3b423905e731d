package admission

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"sluice/test/fixtures"
	"sluice/test/harness/cluster"
	"sluice/webhook"
)

// Every fixture gets the same verdict from the command line, from the webhook's handler
// and through the real API server.
func TestEveryFixtureEverywhere(t *testing.T) {
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string][]fixtures.Fixture{}
	for _, f := range all {
		flags := strings.Join(f.Flags, " ")
		groups[flags] = append(groups[flags], f)
	}
	if len(all) < 100 || len(groups) < 3 {
		t.Fatalf("%d fixtures with %d sets of flags; some are missing", len(all), len(groups))
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := shared.restart(ctx); err != nil {
			t.Error(err)
		}
		if err := shared.InstallCRD(ctx, "Default"); err != nil {
			t.Error(err)
		}
	})
	for flags, group := range groups {
		if err := shared.restart(t.Context(), strings.Fields(flags)...); err != nil {
			t.Fatal(err)
		}
		install := shared.InstallCRD
		if strings.Contains(flags, "ipv6") {
			install = shared.InstallCRDForIPv6
		}
		if err := install(t.Context(), "Default"); err != nil {
			t.Fatal(err)
		}
		for _, f := range group {
			t.Run(strings.TrimSuffix(f.Path, ".txtar"), func(t *testing.T) {
				t.Run("command line", func(t *testing.T) { byCommandLine(t, f) })
				t.Run("handler", func(t *testing.T) { byHandler(t, f) })
				t.Run("API server", func(t *testing.T) { byAPIServer(t, f) })
			})
		}
	}
}

// restart replaces the webhook by one with other flags.
func (s *suite) restart(ctx context.Context, flags ...string) error {
	if err := s.sluice.Stop(); err != nil {
		return err
	}
	return s.start(ctx, flags...)
}

// verdict is the first line of the golden verdict.
func verdict(f fixtures.Fixture) string {
	first, _, _ := strings.Cut(f.Verdict, "\n")
	return first
}

func refused(f fixtures.Fixture) bool {
	return verdict(f) == "Rejected" || verdict(f) == "Denied"
}

// lines returns what stands behind a word in the golden verdict, sorted.
func lines(f fixtures.Fixture, word string) []string {
	var found []string
	for line := range strings.Lines(f.Verdict) {
		if text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), word+" "); ok {
			found = append(found, text)
		}
	}
	slices.Sort(found)
	return found
}

func byCommandLine(t *testing.T, f fixtures.Fixture) {
	dir := t.TempDir()
	args := append([]string{"check", "-o", "json"}, f.Flags...)
	if f.Old != nil {
		args = append(args, "--how=replace", "--old", write(t, dir, "old.yaml", f.Old))
	}
	args = append(args, write(t, dir, "object.yaml", f.Object))
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), shared.program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var output struct {
		Results []struct {
			Verdict string
			Errors  []struct{ Field, Value, Rule, Message string }
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &output); err != nil || len(output.Results) != 1 {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	result := output.Results[0]
	if result.Verdict != verdict(f) {
		t.Errorf("verdict %s, want %s", result.Verdict, verdict(f))
	}
	if want := lines(f, "error"); len(result.Errors) != len(want) {
		t.Errorf("%d errors, want %q", len(result.Errors), want)
	}
	if wantCode := map[bool]int{true: 1}[refused(f)]; cmd.ProcessState.ExitCode() != wantCode {
		t.Errorf("exit status %d, want %d", cmd.ProcessState.ExitCode(), wantCode)
	}
}

func write(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// object is the fixture's object as JSON, or nil where JSON can't say it: the API server
// refuses duplicate keys before any webhook sees them. A patch is applied to the old
// object, or to that of an installed cluster.
func object(t *testing.T, f fixtures.Fixture) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := yaml.UnmarshalStrict(f.Object, &fields); err != nil {
		if f.Rule == "duplicate-field" {
			return nil
		}
		t.Fatal(err)
	}
	if fields["kind"] != nil {
		return fields
	}
	base := f.Old
	if base == nil {
		base = []byte(cluster.NetworkManifest())
	}
	var into map[string]any
	if err := yaml.Unmarshal(base, &into); err != nil {
		t.Fatal(err)
	}
	return mergePatch(into, fields)
}

// mergePatch applies a JSON merge patch (RFC 7396).
func mergePatch(into, patch map[string]any) map[string]any {
	if into == nil {
		into = map[string]any{}
	}
	for key, value := range patch {
		switch v := value.(type) {
		case nil:
			delete(into, key)
		case map[string]any:
			old, _ := into[key].(map[string]any)
			into[key] = mergePatch(old, v)
		default:
			into[key] = v
		}
	}
	return into
}

func byHandler(t *testing.T, f fixtures.Fixture) {
	fields := object(t, f)
	if fields == nil {
		return
	}
	handler := webhook.NewHandler(webhook.HandlerOptions{
		Phase: webhook.Mutate, Review: f.Options,
		Metrics: webhook.NewMetrics(prometheus.NewRegistry()), Log: logr.Discard(),
	})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, webhook.MutatePath, bytes.NewReader(reviewOf(t, f, fields)))
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request)
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(w.Body.Bytes(), &review); err != nil || review.Response == nil {
		t.Fatalf("HTTP %d: %s", w.Code, w.Body)
	}
	if review.Response.Allowed == refused(f) {
		t.Fatalf("allowed %v, want %s", review.Response.Allowed, verdict(f))
	}
	if refused(f) {
		compareCauses(t, f, review.Response.Result)
	}
}

func reviewOf(t *testing.T, f fixtures.Fixture, fields map[string]any) []byte {
	t.Helper()
	request := map[string]any{"uid": "u", "operation": "CREATE", "object": fields, "userInfo": map[string]any{"username": "alice"}}
	if f.Old != nil {
		var old map[string]any
		if err := yaml.Unmarshal(f.Old, &old); err != nil {
			t.Fatal(err)
		}
		request["operation"], request["oldObject"] = "UPDATE", old
	}
	switch f.Resource {
	case "profile":
		request["kind"] = map[string]any{"group": "sluice.dev", "version": "v1alpha1", "kind": "FlowExportProfile"}
		request["resource"] = map[string]any{"group": "sluice.dev", "version": "v1alpha1", "resource": "flowexportprofiles"}
	case "flowexport":
		request["kind"] = map[string]any{"group": "sluice.dev", "version": "v1alpha1", "kind": "FlowExport"}
		request["resource"] = map[string]any{"group": "sluice.dev", "version": "v1alpha1", "resource": "flowexports"}
		request["namespace"] = "default"
	case "configmap":
		request["kind"] = map[string]any{"group": "", "version": "v1", "kind": "ConfigMap"}
		request["resource"] = map[string]any{"group": "", "version": "v1", "resource": "configmaps"}
		request["namespace"] = "openshift-network-operator"
	default:
		request["kind"] = map[string]any{"group": "operator.openshift.io", "version": "v1", "kind": "Network"}
		request["resource"] = map[string]any{"group": "operator.openshift.io", "version": "v1", "resource": "networks"}
	}
	body, err := json.Marshal(map[string]any{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// compareCauses compares the causes of an answer with the golden errors.
func compareCauses(t *testing.T, f fixtures.Fixture, status *metav1.Status) {
	t.Helper()
	if status == nil || status.Details == nil {
		t.Fatalf("no causes in %+v", status)
	}
	got := make([]string, len(status.Details.Causes))
	for i, c := range status.Details.Causes {
		got[i] = c.Field + ": " + c.Message
	}
	slices.Sort(got)
	if diff := cmp.Diff(lines(f, "error"), got); diff != "" {
		t.Errorf("causes (-want +got)\n%s", diff)
	}
}
