package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "sluice"

// node is one package as "go list -json" prints it.
type node struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

// rule says what packages below a folder must not import.
type rule struct {
	folder string
	// never may not be imported at all, direct not by the package itself.
	never, direct []string
	// only, if set, is what may be imported beside the standard library.
	only []string
}

func rules() []rule {
	pure := rule{
		never:  []string{"k8s.io/client-go", "sigs.k8s.io/controller-runtime", "os/exec"},
		direct: []string{"os", "net/http"},
	}
	list := []rule{
		{folder: "webhook", never: []string{module + "/agent"}},
		{folder: "enforcement", never: []string{module + "/agent", module + "/ovs", module + "/webhook"}},
		{folder: "agent", never: []string{module + "/webhook"}},
		{folder: "api", only: []string{"k8s.io/apimachinery", module + "/api"}},
	}
	// What concerns the API server's trust knows nothing of flows.
	flows := []string{module + "/validation", module + "/policy", module + "/ovs", module + "/agent", module + "/webhook", module + "/enforcement"}
	for _, folder := range []string{"informer", "registration", "certs"} {
		list = append(list, rule{folder: folder, never: flows})
	}
	for _, folder := range []string{"validation", "ovs", "document", "report", "collector", "status", "policy", "admissionpolicy", "policytest"} {
		pure.folder = folder
		list = append(list, pure)
	}
	return list
}

// violations lists the imports that the layers forbid.
func violations(graph []node) []string {
	var found []string
	complain := func(n node, how, imported string) {
		found = append(found, fmt.Sprintf("%s %s %s", strings.TrimPrefix(n.ImportPath, module+"/"), how, imported))
	}
	for _, n := range graph {
		if n.Standard || !within(n.ImportPath, module) {
			continue
		}
		for _, imported := range n.Imports {
			if within(imported, module+"/cmd") && !within(n.ImportPath, module+"/cmd") {
				complain(n, "imports", imported)
			}
			if within(imported, module+"/test") && !within(n.ImportPath, module+"/test") && !within(n.ImportPath, module+"/hack") {
				complain(n, "imports", imported)
			}
		}
		for _, r := range rules() {
			if within(n.ImportPath, module+"/"+r.folder) {
				r.check(n, complain)
			}
		}
	}
	slices.Sort(found)
	return found
}

func (r rule) check(n node, complain func(n node, how, imported string)) {
	for _, imported := range n.Deps {
		if slices.ContainsFunc(r.never, func(p string) bool { return within(imported, p) }) {
			complain(n, "reaches", imported)
		}
	}
	for _, imported := range n.Imports {
		allowed := !strings.Contains(strings.Split(imported, "/")[0], ".") ||
			slices.ContainsFunc(r.only, func(p string) bool { return within(imported, p) })
		if slices.Contains(r.direct, imported) || r.only != nil && !allowed {
			complain(n, "imports", imported)
		}
	}
}

// within reports whether a package is the parent or lies below it.
func within(pkg, parent string) bool {
	return pkg == parent || strings.HasPrefix(pkg, parent+"/")
}

func TestLayersImportOnlyWhatTheyMay(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Deps,Standard", "./...")
	list.Dir = ".."
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var graph []node
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var n node
		err := decoder.Decode(&n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("what go list prints: %v", err)
		}
		graph = append(graph, n)
	}
	for _, pkg := range []string{"validation", "document", "report", "webhook", "agent", "ovs", "api/v1alpha1", "collector", "status", "informer", "registration", "certs/managed", "enforcement", "policy"} {
		if !slices.ContainsFunc(graph, func(n node) bool { return n.ImportPath == module+"/"+pkg }) {
			t.Errorf("go list does not know the package %s; it moved, so mend the rules in this test", pkg)
		}
	}
	for _, v := range violations(graph) {
		t.Errorf("%s; pass what it needs as an argument, or move the code to the layer that may", v)
	}
}

func TestForbiddenImportsAreFound(t *testing.T) {
	own := func(folder string, imports, deps []string) node {
		return node{ImportPath: module + "/" + folder, Imports: imports, Deps: deps}
	}
	got := violations([]node{
		own("validation", []string{"os", "fmt"}, []string{"os", "fmt"}),
		own("validation/policy", []string{"net/http", "example.com/helper"}, []string{"os/exec", "k8s.io/client-go/rest", "sigs.k8s.io/controller-runtime"}),
		own("ovs", []string{"net/http/httptest"}, nil),
		own("webhook", nil, []string{module + "/agent/loop"}),
		own("agent", nil, []string{module + "/webhook"}),
		own("certs", []string{module + "/cmd/sluice"}, nil),
		own("certs/managed", nil, []string{module + "/registration", module + "/validation"}),
		own("registration", []string{module + "/test/issuer"}, nil),
		own("test/rotation", []string{module + "/test/issuer"}, nil),
		own("cmd/sluice", []string{module + "/cmd/internal", "os"}, []string{"k8s.io/client-go/rest"}),
		own("api/v1alpha1", []string{"k8s.io/apimachinery/pkg/runtime", "k8s.io/api/core/v1", "time", module + "/validation"}, nil),
		own("validations", []string{"os"}, nil),
		{ImportPath: "example.com/helper", Imports: []string{"os"}, Deps: []string{"os/exec"}},
		{ImportPath: "net/http", Imports: []string{"os"}, Standard: true},
	})
	want := []string{
		"agent reaches " + module + "/webhook",
		"api/v1alpha1 imports " + module + "/validation",
		"api/v1alpha1 imports k8s.io/api/core/v1",
		"certs imports " + module + "/cmd/sluice",
		"certs/managed reaches " + module + "/validation",
		"registration imports " + module + "/test/issuer",
		"validation imports os",
		"validation/policy imports net/http",
		"validation/policy reaches k8s.io/client-go/rest",
		"validation/policy reaches os/exec",
		"validation/policy reaches sigs.k8s.io/controller-runtime",
		"webhook reaches " + module + "/agent/loop",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}
