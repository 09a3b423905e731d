package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/cmd/internal/exit"
)

// planned is an API server with a node that exports drops. What it is asked to store it stores with another priority,
// or it refuses.
type planned struct {
	may, refuse bool
	asked       []string
}

const plannedProfile = `{"apiVersion":"sluice.dev/v1alpha1","kind":"FlowExportProfile","metadata":{"name":"p"},"spec":{"export":false}}`

func (p *planned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	what := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	lists := map[string]string{
		"nodes":              `{"apiVersion":"v1","kind":"Node","metadata":{"name":"worker-1"}}`,
		"leases":             "",
		"flowexportprofiles": plannedProfile,
		"nodeflowexports":    `{"apiVersion":"sluice.dev/v1alpha1","kind":"NodeFlowExport","metadata":{"name":"worker-1"},"status":{"bridge":"br-int"}}`,
	}
	list, listed := lists[what]
	body, _ := io.ReadAll(r.Body)
	status := func(code int, reason, message string) {
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code, "message": message})
	}
	switch {
	case what == "selfsubjectaccessreviews":
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","status":{"allowed":%t}}`, p.may)
	case r.Method != http.MethodGet:
		p.asked = append(p.asked, r.Method+" "+r.URL.Path+" "+r.URL.Query().Get("dryRun")+" "+string(body))
		switch {
		case p.refuse:
			status(http.StatusUnprocessableEntity, "Invalid", "the team does not allow it")
		case strings.Contains(string(body), "ConfigMap"):
			fmt.Fprint(w, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ovs-flows-config"},"data":{"sharedTarget":"192.0.2.7:4739","sampling":"200"}}`)
		default:
			fmt.Fprint(w, `{"apiVersion":"sluice.dev/v1alpha1","kind":"FlowExportProfile","metadata":{"name":"p"},"spec":{"ipfix":{"sampling":777}}}`)
		}
	case listed:
		fmt.Fprintf(w, `{"apiVersion":"v1","kind":"List","metadata":{},"items":[%s]}`, list)
	case what == "cluster" && strings.Contains(r.URL.Path, "networks"):
		fmt.Fprint(w, `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster","uid":"u","generation":1},"spec":{"exportNetworkFlows":{"ipfix":{"collectors":["192.0.2.1:4739"]}}}}`)
	default:
		status(http.StatusNotFound, "NotFound", "not found")
	}
}

// A plan is about what the API server would store of profiles and the ConfigMap, too.
func TestAPlanAsksTheAPIServer(t *testing.T) {
	const profile = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: p}\nspec: {ipfix: {sampling: 1000}}\n"
	const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config, namespace: openshift-network-operator}\ndata: {sharedTarget: \"192.0.2.7:4739\"}\n"
	const patch = `PATCH /apis/sluice.dev/v1alpha1/flowexportprofiles/p All {"spec":{"ipfix":{"sampling":1000}}}`
	unasked := func(what string) string {
		return "planned from the file: you may not " + what + ", so that the API server was not asked what it would store"
	}
	for name, c := range map[string]struct {
		file  string
		by    planned
		code  int
		says  []string
		asked []string
	}{
		"a profile":               {profile, planned{may: true}, exit.Success, []string{"sampling=777"}, []string{patch}},
		"the ConfigMap":           {config, planned{may: true}, exit.Success, []string{"no changes"}, []string{"POST /api/v1/namespaces/openshift-network-operator/configmaps All "}},
		"a profile is refused":    {profile, planned{may: true, refuse: true}, exit.Negative, []string{"the API server would refuse flowexportprofile/p: the team does not allow it"}, []string{patch}},
		"the ConfigMap is":        {config, planned{may: true, refuse: true}, exit.Negative, []string{"the API server would refuse configmap/ovs-flows-config: the team does not allow it"}, nil},
		"nothing is new":          {plannedProfile, planned{may: true, refuse: true}, exit.Success, []string{"no changes"}, []string{}},
		"without the right":       {profile + "---\n" + config, planned{}, exit.Success, []string{unasked("create configmap/ovs-flows-config, patch flowexportprofile/p"), "the defaults of profiles are those of this version", "no changes"}, []string{}},
		"and the schema refuses":  {strings.Replace(profile, "1000", "1", 1), planned{}, exit.Negative, []string{"the API server would refuse flowexportprofile/p: spec.ipfix.sampling: 1 sends every packet"}, []string{}},
		"and the type is another": {strings.Replace(profile, "1000", "often", 1), planned{}, exit.Incomplete, []string{"p.yaml:1: flowexportprofile/p: spec.ipfix.sampling: is "}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			by := c.by
			server := httptest.NewServer(&by)
			t.Cleanup(server.Close)
			file := filepath.Join(t.TempDir(), "p.yaml")
			if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			text, code := runIn(t, kubeconfigFor(t, server.URL), "plan", "-f", file)
			if code != c.code {
				t.Errorf("exit status %d, want %d:\n%s", code, c.code, text)
			}
			for _, part := range c.says {
				if !strings.Contains(text, part) {
					t.Errorf("it does not say %q:\n%s", part, text)
				}
			}
			if c.asked != nil && !slices.EqualFunc(by.asked, c.asked, strings.HasPrefix) {
				t.Errorf("asked %q, want %q", by.asked, c.asked)
			}
		})
	}
}
