package applier

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archived reads an archive: its files by name, without the folder.
func archived(t *testing.T, name string) map[string]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read %s: %v %v", name, info.Mode(), err)
	}
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(zip); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_, path, _ := strings.Cut(header.Name, "/")
		files[path] = string(text)
	}
}

// The archive has what a report of a problem needs, and says what does not exist: here there is no webhook.
func TestTheArchiveForSupport(t *testing.T) {
	f := newFleet(t, "node-a")
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Exporting", "True", "SocketsOpen")
	name := filepath.Join(t.TempDir(), "a.tar.gz")
	out, code := plugin(t, "", "must-gather", "--file", name)
	expect(t, out, code, 0, "Wrote "+name)
	files := archived(t, name)
	for file, want := range map[string]string{
		"README.txt": "Secrets", "status.txt": "1 of 1 node is up to date", "collectors.txt": target, "plan.txt": "no changes", "doctor.txt": "agents that reported", "doctor.json": `"agents-alive"`,
		"ovs-rows.txt": "targets " + target, "objects/network.yaml": target, "objects/reports.yaml": "kind: NodeFlowExport", "objects/flowexports.yaml": "", "objects/nodes.yaml": "name: node-a",
		"objects/agent-leases.yaml": "renewTime", "objects/admission-policies.yaml": "sluice-agent-own-node", "missing.txt": "Nothing is missing.",
		"objects/registration-mutating.yaml": "mutatingwebhookconfigurations.admissionregistration.k8s.io sluice does not exist", "objects/flows-config.yaml": "configmaps ovs-flows-config does not exist",
		"objects/crds.yaml": "name: flowexports.sluice.dev", "objects/policies.yaml": "# The cluster does not serve flowexportpolicies.sluice.dev.",
	} {
		if !strings.Contains(files[file], want) {
			t.Errorf("%s does not say %q:\n%.2000s", file, want, files[file])
		}
	}
	for file, text := range files {
		if strings.Contains(text, "managedFields") || strings.Contains(text, "kind: Secret\n") {
			t.Errorf("%s is not redacted", file)
		}
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".sluice*")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
	if crds := files["objects/crds.yaml"]; !strings.Contains(crds, "type: Established") || strings.Contains(crds, "openAPIV3Schema") || !strings.HasPrefix(crds, "# customresourcedefinitions.apiextensions.k8s.io flowexportpolicies.sluice.dev does not exist.\n---\n") {
		t.Errorf("objects/crds.yaml:\n%.2000s", crds)
	}
	out, code = plugin(t, "", "must-gather", "--file", "/nonexistent/a.tar.gz")
	expect(t, out, code, 2, "/nonexistent/a.tar.gz")
}

// Without agents there is no plan, and nothing is missing.
func TestTheArchiveOfAClusterWithoutAgents(t *testing.T) {
	reset(t)
	name := filepath.Join(t.TempDir(), "a.tar.gz")
	out, code := plugin(t, "", "must-gather", "--file", name)
	expect(t, out, code, 0, "Wrote "+name)
	if plan := archived(t, name)["plan.txt"]; !strings.HasPrefix(plan, "no node has a NodeFlowExport") {
		t.Errorf("plan.txt: %q", plan)
	}
}
