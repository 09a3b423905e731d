package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// metric is one metric as the code defines it.
type metric struct {
	name, kind, help string
	labels           []string
}

// metrics writes the page of the metrics that the code in folders defines.
func metrics(folders ...string) (string, error) {
	var files []*ast.File
	known := map[string]wrapper{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return fmt.Errorf("parse %s: %w", path, err)
			}
			files = append(files, file)
			wrappers(file, known)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	var list []metric
	for _, file := range files {
		list = append(list, defined(file, known)...)
	}
	slices.SortFunc(list, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	b.WriteString(generated + "# Metrics\n\nThe webhook and the agents serve these at `/metrics`, with those of the Go runtime and the process.\n\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n")
	for _, m := range list {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, m.kind, strings.Join(m.labels, ", "), cell(m.help))
	}
	return b.String(), nil
}

// defined are the metrics of one file: calls of client_golang's constructors, and of wrappers of
// them.
func defined(file *ast.File, known map[string]wrapper) (list []metric) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if w, ok := known[calledName(call)]; ok {
			if m, ok := w.metric(call); ok {
				list = append(list, m)
			}
			return true
		}
		name, help, kind := definition(call)
		if m := (metric{name: constantText(name), help: constantText(help), kind: kind}); strings.HasPrefix(m.name, "sluice_") && m.help != "" {
			m.kind, m.labels = kindOf(kind, m.name), labels(call)
			list = append(list, m)
		}
		return true
	})
	return list
}

// definition returns the name and the help of the metric that a call of client_golang defines,
// and its kind if the call says so; name is nil if it defines none.
func definition(call *ast.CallExpr) (name, help ast.Expr, kindName string) {
	constructor := calledName(call)
	if constructor == "NewDesc" && len(call.Args) >= 3 {
		return call.Args[0], call.Args[1], ""
	}
	if kindName = kind(constructor); kindName == "" || len(call.Args) == 0 {
		return nil, nil, ""
	}
	options, ok := call.Args[0].(*ast.CompositeLit)
	if !ok {
		return nil, nil, ""
	}
	for _, element := range options.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch key, ok := pair.Key.(*ast.Ident); {
		case !ok:
		case key.Name == "Name":
			name = pair.Value
		case key.Name == "Help":
			help = pair.Value
		}
	}
	return name, help, kindName
}

// labels are those of a metric that a call defines.
func labels(call *ast.CallExpr) []string {
	at := 1
	if calledName(call) == "NewDesc" {
		at = 2
	}
	if len(call.Args) <= at {
		return nil
	}
	return constantTexts(call.Args[at])
}

// kindOf is the kind that a constructor makes; a description is a counter or a gauge, which the
// name shows.
func kindOf(constructed, name string) string {
	switch {
	case constructed != "":
		return constructed
	case strings.HasSuffix(name, "_total"):
		return "counter"
	}
	return "gauge"
}

// kind is the type of metric that a constructor makes; empty if it makes none.
func kind(constructor string) string {
	for _, k := range []string{"Counter", "Gauge", "Histogram", "Summary"} {
		if strings.HasPrefix(constructor, "New"+k) {
			return strings.ToLower(k)
		}
	}
	return ""
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// constantText is the value of a constant text, or of a sum of such texts; empty for anything else.
func constantText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err == nil {
			return s
		}
	case *ast.BinaryExpr:
		return constantText(e.X) + constantText(e.Y)
	}
	return ""
}

func constantTexts(e ast.Expr) (list []string) {
	if literal, ok := e.(*ast.CompositeLit); ok {
		for _, element := range literal.Elts {
			list = append(list, constantText(element))
		}
	}
	return list
}
