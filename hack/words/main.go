// Command words reports words that are hard to read, in pages, manifests, and the comments and
// texts of the code. Tests may quote texts that are refused.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

func main() {
	n, err := run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "words:", err)
		os.Exit(2)
	}
	if n > 0 {
		fmt.Fprintf(os.Stderr, "%d places; see \"Write a message\" in CONTRIBUTING.md\n", n)
		os.Exit(1)
	}
}

func run(ctx context.Context) (n int, err error) {
	out, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return 0, fmt.Errorf("list the files: %w", err)
	}
	list := words()
	for name := range strings.SplitSeq(string(out), "\x00") {
		if !checked(name) {
			continue
		}
		text, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			return n, fmt.Errorf("read %s: %w", name, err)
		}
		lines, err := lines(name, text)
		if err != nil {
			return n, err
		}
		for _, l := range lines {
			for _, w := range list {
				if found := w.pattern.FindString(l.text); found != "" {
					fmt.Printf("%s:%d: %q: write %s\n", name, l.number, strings.TrimSpace(found), w.instead)
					n++
				}
			}
		}
	}
	return n, nil
}

// checked reports whether a file is written for people, and is neither generated nor a quotation.
func checked(name string) bool {
	switch {
	case strings.HasPrefix(name, "hack/words/"), strings.HasPrefix(name, "docs/reference/"), strings.HasPrefix(name, "docs/benchmarks"),
		strings.HasPrefix(name, "manifests/helm/sluice/files/"), strings.HasPrefix(name, "manifests/olm/manifests/"), strings.HasPrefix(name, "manifests/network-operator/"),
		strings.HasPrefix(name, "test/"), strings.Contains(name, "/testdata/"), strings.HasSuffix(name, "_test.go"), strings.Contains(name, "zz_generated"):
		return false
	}
	for _, end := range []string{".go", ".md", ".yaml", ".yml", ".json", ".txt", ".tpl", ".sh", "Makefile", "Dockerfile"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// line is one line of prose.
type line struct {
	number int
	text   string
}

// lines returns the prose of a file. For Go code that is the comments and texts.
func lines(name string, text []byte) (list []line, err error) {
	if strings.HasSuffix(name, ".go") {
		return prose(name, text)
	}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, 1<<20)
	for number := 1; scanner.Scan(); number++ {
		list = append(list, line{number, scanner.Text()})
	}
	return list, scanner.Err()
}

func prose(name string, text []byte) (list []line, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	add := func(at token.Pos, text string) {
		number := files.Position(at).Line
		for part := range strings.SplitSeq(text, "\n") {
			list = append(list, line{number, strings.TrimPrefix(strings.TrimPrefix(part, "//"), " ")})
			number++
		}
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			add(c.Pos(), c.Text)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if value, err := strconv.Unquote(literal.Value); err == nil {
				add(literal.Pos(), value)
			}
		}
		return true
	})
	return list, nil
}
