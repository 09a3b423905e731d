package check

import (
	"errors"
	"fmt"
	"io"

	"sluice/internal/document"
	"sluice/validation/policy"
)

// StdinName is the name of standard input in results.
const StdinName = "<stdin>"

// Stdin is the path that means standard input.
const Stdin = "-"

// Reader reads the files that a user names.
type Reader struct {
	Files Files
	Stdin io.Reader
}

// Read reads a whole file, or standard input.
func (r Reader) Read(path string) ([]byte, error) {
	from := r.Stdin
	if path != Stdin {
		file, err := r.Files.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // it was only read, so nothing can be lost
		from = file
	}
	data, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	switch {
	case err != nil:
		return nil, &FileError{shown(path), err}
	case len(data) > maxFile:
		return nil, &FileError{shown(path), errTooLarge}
	}
	return data, nil
}

// mentions reports whether a file of any size names the lists or the ConfigMap, or can't be read.
func (r Reader) mentions(path string) bool {
	if path == Stdin {
		return true
	}
	file, err := r.Files.Open(path)
	if err != nil {
		return true
	}
	defer func() { _ = file.Close() }() // it was only read, so nothing can be lost
	const overlap = 256                 // more than a name has, in any encoding
	buffer := make([]byte, 1<<20)
	kept := 0
	for {
		n, err := io.ReadFull(file, buffer[kept:])
		if document.Mentions(buffer[:kept+n]) {
			return true
		}
		if err != nil {
			return !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF)
		}
		kept = copy(buffer, buffer[len(buffer)-overlap:])
	}
}

// Policies reads the policies of files and directories. If one can't be read, that is an error:
// without it, the verdicts would be wrong.
func (r Reader) Policies(paths []string) ([]policy.Policy, error) {
	files, problems := r.Search(paths)
	var list []policy.Policy
	from := map[string]string{}
	for _, file := range files {
		data, err := r.Read(file)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		found, err := policy.Read(shown(file), data)
		if err != nil {
			problems = append(problems, err)
		}
		for _, p := range found {
			if first, duplicate := from[p.Name]; duplicate {
				problems = append(problems, fmt.Errorf("%s: policy %s is in %s already; names must be unique in a cluster", shown(file), p.Name, first))
			}
			from[p.Name] = shown(file)
			list = append(list, p)
		}
	}
	if len(list) == 0 && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("found no %s", policy.Kind))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return list, nil
}

// shown is the name of a path in results.
func shown(path string) string {
	if path == Stdin {
		return StdinName
	}
	return path
}
