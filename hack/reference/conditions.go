package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// conditions writes the condition types and reasons that the API package defines, group by
// group. Each constant's comment begins with its name and a colon.
func conditions(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(generated + "# Conditions and reasons\n\nA condition has a type, a status (`True`, `False` or `Unknown`), a reason and a message. Scripts can rely on types and reasons;\nmessages may change.\n")
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return "", fmt.Errorf("parse %s: %w", name, err)
		}
		for _, declaration := range file.Decls {
			if group, ok := declaration.(*ast.GenDecl); ok && group.Tok == token.CONST {
				constants(&b, group)
			}
		}
	}
	return b.String(), nil
}

// constants writes one group as a table, if it holds conditions or reasons.
func constants(b *strings.Builder, group *ast.GenDecl) {
	var rows []string
	for _, s := range group.Specs {
		spec, ok := s.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 {
			continue
		}
		name := spec.Names[0].Name
		comment := spec.Doc.Text()
		if comment == "" {
			comment = group.Doc.Text()
		}
		meaning, found := strings.CutPrefix(unwrap(comment), name+": ")
		if !found || !strings.HasPrefix(name, "Condition") && !strings.HasPrefix(name, "Reason") {
			continue
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s |\n", constantText(spec.Values[0]), cell(strings.ToUpper(meaning[:1])+meaning[1:])))
	}
	if rows == nil {
		return
	}
	title, more, found := strings.Cut(unwrap(group.Doc.Text()), ". ")
	if found {
		more = "\n" + more + "\n"
	}
	fmt.Fprintf(b, "\n## %s\n%s\n| Value | Meaning |\n|---|---|\n%s", strings.TrimSuffix(title, "."), more, strings.Join(rows, ""))
}
