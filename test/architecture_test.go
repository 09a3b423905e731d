package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/hack/layers"
)

// node is one package as "go list -json" prints it.
type node struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

// free are folders that are no layers: what is there may import anything, and no layer may
// import it.
func free() []string { return []string{"hack", "test"} }

// folder is the path of a package below the module.
func folder(importPath string) string { return strings.TrimPrefix(importPath, layers.Module+"/") }

func ofModule(importPath string) bool { return within(importPath, layers.Module) }

// within reports whether a package is the parent or is below it.
func within(pkg, parent string) bool {
	return pkg == parent || strings.HasPrefix(pkg, parent+"/")
}

// layerOf is the innermost layer of a folder.
func layerOf(folder string) (layers.Layer, bool) {
	var found layers.Layer
	for _, l := range layers.All() {
		if within(folder, l.Folder) && len(l.Folder) > len(found.Folder) {
			found = l
		}
	}
	return found, found.Folder != ""
}

// violations lists what the layers forbid.
func violations(graph []node) []string {
	var found []string
	for _, n := range graph {
		if n.Standard || !ofModule(n.ImportPath) || slices.ContainsFunc(free(), func(f string) bool { return within(folder(n.ImportPath), f) }) {
			continue
		}
		l, ok := layerOf(folder(n.ImportPath))
		if !ok {
			found = append(found, folder(n.ImportPath)+" is in no layer")
			continue
		}
		found = append(found, directly(n, l)...)
		for _, reached := range n.Deps {
			if forbidden(l, reached) {
				found = append(found, folder(n.ImportPath)+" reaches "+reached)
			}
		}
	}
	slices.Sort(found)
	return found
}

// directly lists the imports of a package that its layer may not have.
func directly(n node, l layers.Layer) (found []string) {
	for _, imported := range n.Imports {
		switch {
		case ofModule(imported):
			if !mayImport(l, folder(imported)) {
				found = append(found, folder(n.ImportPath)+" imports "+imported)
			}
		case imported == "os/exec" && !l.Exec, l.Pure && slices.Contains(layers.Effects(), imported):
			found = append(found, folder(n.ImportPath)+" imports "+imported)
		}
	}
	return found
}

// mayImport reports whether a layer may import a folder of the module: its own, and those that
// it names. A layer below a named folder has to be named itself, unless the name is its parent
// and all of that is meant, as in "applier".
func mayImport(l layers.Layer, imported string) bool {
	target, ok := layerOf(imported)
	if !ok {
		return false
	}
	if target.Folder == l.Folder {
		return true
	}
	return slices.ContainsFunc(l.May, func(named string) bool {
		_, isLayer := layerOf(named)
		return target.Folder == named || !isLayer && within(target.Folder, named)
	})
}

// forbidden reports whether a layer may not reach a package.
func forbidden(l layers.Layer, reached string) bool {
	never := l.Never
	if l.Pure {
		never = slices.Concat(never, layers.Clients())
	}
	return slices.ContainsFunc(never, func(p string) bool {
		if !strings.Contains(p, ".") {
			p = layers.Module + "/" + p
		}
		return within(reached, p)
	})
}

func TestPackagesImportOnlyWhatTheirLayerMay(t *testing.T) {
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
			t.Fatalf("output of go list: %v", err)
		}
		graph = append(graph, n)
	}
	for _, l := range layers.All() {
		if !slices.ContainsFunc(graph, func(n node) bool { return within(folder(n.ImportPath), l.Folder) && ofModule(n.ImportPath) }) {
			t.Errorf("the layer %s has no package; correct hack/layers", l.Folder)
		}
		for _, named := range l.May {
			if _, err := os.Stat("../" + named); err != nil {
				t.Errorf("the layer %s may import %s, which is not there; correct hack/layers", l.Folder, named)
			}
		}
	}
	for _, v := range violations(graph) {
		t.Errorf("%s; pass what it needs as an argument, or move the code to a layer that may", v)
	}
}

func TestViolationsAreFound(t *testing.T) {
	own := func(folder string, imports, deps []string) node {
		return node{ImportPath: layers.Module + "/" + folder, Imports: imports, Deps: deps}
	}
	m := func(folder string) string { return layers.Module + "/" + folder }
	got := violations([]node{
		own("validation", []string{"os", "fmt"}, []string{"os", "fmt"}),
		own("validation/policy", []string{"net/http", m("validation")}, []string{"os/exec", "k8s.io/client-go/rest", "sigs.k8s.io/controller-runtime"}),
		own("webhook", []string{m("webhook/enforcement"), "os/exec"}, []string{m("applier/agent")}),
		own("webhook/registration", []string{m("test/harness/testca")}, nil),
		own("certs/managed", []string{m("certs")}, []string{m("webhook/registration")}),
		own("test/e2e/policies", []string{m("test/harness/testca"), "os/exec"}, nil),
		own("cmd/sluice", []string{m("cmd/internal/exit"), "os"}, []string{"k8s.io/client-go/rest", "github.com/cert-manager/cert-manager/pkg/server"}),
		own("api/v1alpha1", []string{m("validation")}, []string{"k8s.io/api/core/v1"}),
		own("validations", []string{"fmt"}, nil),
		{ImportPath: "example.com/exec", Imports: []string{"os/exec"}, Deps: []string{"os/exec"}},
		{ImportPath: "net/http", Imports: []string{"os"}, Standard: true},
	})
	want := []string{
		"api/v1alpha1 imports " + m("validation"),
		"api/v1alpha1 reaches k8s.io/api/core/v1",
		"certs/managed reaches " + m("webhook/registration"),
		"cmd/sluice reaches github.com/cert-manager/cert-manager/pkg/server",
		"validation imports os",
		"validation/policy imports net/http",
		"validation/policy reaches k8s.io/client-go/rest",
		"validation/policy reaches sigs.k8s.io/controller-runtime",
		"validations is in no layer",
		"webhook imports os/exec",
		"webhook imports " + m("webhook/enforcement"),
		"webhook reaches " + m("applier/agent"),
		"webhook/registration imports " + m("test/harness/testca"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

// TestTheRootHasFewFolders keeps the first thing that a reader sees short.
func TestTheRootHasFewFolders(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && e.Name() != "bin" {
			folders = append(folders, e.Name())
		}
	}
	if len(folders) > 11 {
		t.Errorf("%d folders at the root: %s; there may be 11", len(folders), fmt.Sprint(folders))
	}
}
