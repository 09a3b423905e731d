package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxKnot is how many files may refer to one another in a circle. Two siblings may; more can't
// be read one after the other.
const maxKnot = 2

func TestFilesOfTheCoreFormNoKnot(t *testing.T) {
	const core = "sluice/validation"
	packages := exported(t, core+"/...")
	for _, p := range packages {
		if p.ImportPath != core && !strings.HasPrefix(p.ImportPath, core+"/") {
			continue
		}
		for _, knot := range knots(references(t, p, packages)) {
			if len(knot) > maxKnot {
				t.Errorf("%s: %d files refer to one another in a circle; move what several of them need to a file of its own: %s",
					p.ImportPath, len(knot), strings.Join(knot, " "))
			}
		}
	}
}

func TestKnotsAreFound(t *testing.T) {
	got := knots(map[string][]string{
		"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, // a circle of three, and a way out of it
		"d": {"e"}, "e": {"d"}, // a pair
		"f": {"a", "g"}, "g": nil,
	})
	want := [][]string{{"a", "b", "c"}, {"d", "e"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// source is one package as "go list -export" prints it.
type source struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// exported lists packages and what they import, with the compiler's export data.
func exported(t *testing.T, pattern string) []source {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", pattern)
	list.Dir = ".."
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []source
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p source
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("what go list prints: %v", err)
		}
		packages = append(packages, p)
	}
}

// references type-checks a package and lists, for each of its files, the other files that
// define what it uses.
func references(t *testing.T, p source, packages []source) map[string][]string {
	t.Helper()
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	lookup := func(path string) (io.ReadCloser, error) {
		i := slices.IndexFunc(packages, func(p source) bool { return p.ImportPath == path })
		if i < 0 {
			return nil, fmt.Errorf("go list does not know %s", path)
		}
		return os.Open(packages[i].Export)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(files, "gc", lookup)}
	checked, err := config.Check(p.ImportPath, files, parsed, &info)
	if err != nil {
		t.Fatal(err)
	}
	file := func(at token.Pos) string { return filepath.Base(files.Position(at).Filename) }
	graph := map[string][]string{}
	for use, object := range info.Uses {
		if object.Pkg() != checked || !object.Pos().IsValid() {
			continue
		}
		if from, to := file(use.Pos()), file(object.Pos()); from != to && !slices.Contains(graph[from], to) {
			graph[from] = append(graph[from], to)
		}
	}
	return graph
}

// knots lists the groups of files of which each leads to each other one, in stable order.
func knots(graph map[string][]string) [][]string {
	reach := map[string]map[string]bool{}
	for from := range graph {
		seen := map[string]bool{}
		for open := slices.Clone(graph[from]); len(open) > 0; {
			next := open[len(open)-1]
			open = open[:len(open)-1]
			if !seen[next] {
				seen[next] = true
				open = append(open, graph[next]...)
			}
		}
		reach[from] = seen
	}
	var found [][]string
	done := map[string]bool{}
	for from := range graph {
		var knot []string
		for to := range reach[from] {
			if reach[to][from] && !done[to] {
				knot = append(knot, to)
			}
		}
		for _, name := range knot {
			done[name] = true
		}
		if len(knot) > 1 {
			slices.Sort(knot)
			found = append(found, knot)
		}
	}
	slices.SortFunc(found, slices.Compare)
	return found
}
