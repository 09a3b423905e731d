package check

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Search lists the files of paths, each file once, in a stable order. Directories are searched
// for YAML and JSON files.
func (r Reader) Search(paths []string) ([]string, []error) {
	w := walk{files: r.Files, seen: make(map[string]bool)}
	for _, path := range paths {
		if path == Stdin {
			w.add(Stdin)
			continue
		}
		info, err := r.Files.Stat(path)
		switch {
		case err != nil:
			w.problems = append(w.problems, err)
		case info.IsDir():
			w.directory(filepath.Clean(path))
		default:
			w.add(path)
		}
	}
	return w.found, w.problems
}

type walk struct {
	files    Files
	found    []string
	seen     map[string]bool
	problems []error
}

func (w *walk) add(path string) {
	if clean := filepath.Clean(path); !w.seen[clean] {
		w.seen[clean] = true
		w.found = append(w.found, path)
	}
}

// directory searches a directory. It follows links to files, but not links to directories, which
// can form a loop.
func (w *walk) directory(path string) {
	entries, err := w.files.ReadDir(path)
	if err != nil {
		w.problems = append(w.problems, err)
		return
	}
	for _, e := range entries {
		name := filepath.Join(path, e.Name())
		switch {
		case e.IsDir():
			if !strings.HasPrefix(e.Name(), ".") {
				w.directory(name)
			}
		case !hasReadableName(e.Name()):
		case e.Type()&fs.ModeSymlink != 0:
			w.link(name)
		case e.Type().IsRegular():
			w.add(name)
		}
	}
}

func (w *walk) link(name string) {
	info, err := w.files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist): // it has no content; the check leaves it out
		w.add(name)
	case err != nil:
		w.problems = append(w.problems, fmt.Errorf("follow link: %w", err))
	case info.Mode().IsRegular():
		w.add(name)
	}
}

// hasReadableName reports whether a file in a directory is checked.
func hasReadableName(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}
