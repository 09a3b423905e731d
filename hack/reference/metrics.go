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

// metrics writes the metrics that the code below folders defines.
func metrics(folders ...string) (string, error) {
	var list []metric
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return fmt.Errorf("parse %s: %w", path, err)
			}
			list = append(list, defined(file)...)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	slices.SortFunc(list, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	b.WriteString(generated + "# Metrics\n\nThe webhook and the agents serve these at `/metrics`, with those of the Go runtime and the process.\n\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n")
	for _, m := range list {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, m.kind, strings.Join(m.labels, ", "), cell(m.help))
	}
	return b.String(), nil
}

// defined are the metrics of one file: calls of client_golang's constructors and of wrappers
// with the same shape, and descriptions made by NewDesc.
func defined(file *ast.File) (list []metric) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		name := function(call)
		if name == "NewDesc" && len(call.Args) >= 3 {
			m := metric{name: text(call.Args[0]), help: text(call.Args[1]), labels: texts(call.Args[2]), kind: "gauge"}
			if strings.HasSuffix(m.name, "_total") {
				m.kind = "counter"
			}
			list = append(list, m)
			return true
		}
		options, ok := call.Args[0].(*ast.CompositeLit)
		if !ok || !strings.HasPrefix(name, "New") {
			return true
		}
		m := metric{kind: kind(name)}
		for _, element := range options.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				switch key, _ := pair.Key.(*ast.Ident); {
				case key == nil:
				case key.Name == "Name":
					m.name = text(pair.Value)
				case key.Name == "Help":
					m.help = text(pair.Value)
				}
			}
		}
		if m.kind != "" && strings.HasPrefix(m.name, "sluice_") {
			if len(call.Args) > 1 {
				m.labels = texts(call.Args[1])
			}
			list = append(list, m)
		}
		return true
	})
	return list
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

func function(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// text is a constant text, also one that is put together.
func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err == nil {
			return s
		}
	case *ast.BinaryExpr:
		return text(e.X) + text(e.Y)
	}
	return ""
}

func texts(e ast.Expr) (list []string) {
	if literal, ok := e.(*ast.CompositeLit); ok {
		for _, element := range literal.Elts {
			list = append(list, text(element))
		}
	}
	return list
}
