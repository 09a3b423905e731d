package main

import (
	"go/ast"
	"slices"
	"strings"
)

// wrapper is a function that defines a metric from its arguments: the name is a prefix and one
// parameter, the help another parameter.
type wrapper struct {
	prefix, kind string
	name, help   int // index of the parameters
}

// wrappers finds the wrappers of a file, by name: functions, and variables that hold one.
func wrappers(file *ast.File, found map[string]wrapper) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body != nil {
				addWrapper(found, n.Name.Name, n.Type, n.Body)
			}
		case *ast.AssignStmt:
			for i, right := range n.Rhs {
				literal, isFunction := right.(*ast.FuncLit)
				if left, ok := n.Lhs[min(i, len(n.Lhs)-1)].(*ast.Ident); ok && isFunction {
					addWrapper(found, left.Name, literal.Type, literal.Body)
				}
			}
		}
		return true
	})
}

func addWrapper(found map[string]wrapper, name string, signature *ast.FuncType, body *ast.BlockStmt) {
	var parameters []string
	for _, field := range signature.Params.List {
		for _, parameter := range field.Names {
			parameters = append(parameters, parameter.Name)
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		nameOf, helpOf, kind := definition(call)
		sum, ok := nameOf.(*ast.BinaryExpr)
		if !ok {
			return true
		}
		w := wrapper{prefix: constantText(sum.X), kind: kind, name: parameter(parameters, sum.Y), help: parameter(parameters, helpOf)}
		if strings.HasPrefix(w.prefix, "sluice_") && w.name >= 0 && w.help >= 0 {
			found[name] = w
		}
		return true
	})
}

// parameter is the index of the parameter that an expression names; -1 if it names none.
func parameter(parameters []string, e ast.Expr) int {
	if name, ok := e.(*ast.Ident); ok {
		return slices.Index(parameters, name.Name)
	}
	return -1
}

// metric is the metric that a call of the wrapper defines.
func (w wrapper) metric(call *ast.CallExpr) (metric, bool) {
	if len(call.Args) <= max(w.name, w.help) {
		return metric{}, false
	}
	name := constantText(call.Args[w.name])
	return metric{name: w.prefix + name, kind: kindOf(w.kind, name), help: constantText(call.Args[w.help])}, name != ""
}
