package check

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"
)

// IgnoreFile is a file with patterns of paths that are not checked, one on each line, as in a
// .dockerignore file. It counts in the current directory and in each directory that is named.
const IgnoreFile = ".sluiceignore"

// ignored are patterns, and the directory that they are relative to.
type ignored struct {
	directory string
	patterns  *patternmatcher.PatternMatcher
}

// matches reports whether a file, or a directory that contains it, matches.
func (i ignored) matches(path string) (bool, error) {
	directory := i.directory
	if filepath.IsAbs(path) != filepath.IsAbs(directory) {
		var err error
		if directory, err = filepath.Abs(directory); err != nil {
			return false, err
		}
		if path, err = filepath.Abs(path); err != nil {
			return false, err
		}
	}
	relative, err := filepath.Rel(directory, path)
	if err != nil || relative == ".." || strings.HasPrefix(relative, ".."+string(filepath.Separator)) {
		return false, nil //nolint:nilerr // it is somewhere else
	}
	return i.patterns.MatchesOrParentMatches(relative)
}

// ignoredPaths reads the patterns of the flags and of the files.
func (c Check) ignoredPaths() ([]ignored, error) {
	var all []ignored
	add := func(directory string, patterns []string, from string) error {
		if len(patterns) == 0 {
			return nil
		}
		rooted := make([]string, 0, len(patterns))
		for _, pattern := range patterns { // as in .dockerignore files, a slash at the start means the directory
			not := strings.HasPrefix(pattern, "!")
			pattern = strings.TrimPrefix(strings.TrimPrefix(pattern, "!"), "/")
			if not {
				pattern = "!" + pattern
			}
			rooted = append(rooted, pattern)
		}
		m, err := patternmatcher.New(rooted)
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		all = append(all, ignored{directory, m})
		return nil
	}
	if err := add(".", c.Ignore, "--ignore"); err != nil {
		return nil, err
	}
	directories := []string{"."}
	for _, path := range c.Paths {
		if info, err := c.Reader.Files.Stat(path); path != Stdin && err == nil && info.IsDir() && filepath.Clean(path) != "." {
			directories = append(directories, filepath.Clean(path))
		}
	}
	for _, directory := range directories {
		file := filepath.Join(directory, IgnoreFile)
		patterns, err := c.Reader.lines(file)
		if err == nil {
			err = add(directory, patterns, file)
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// lines reads the lines of a file, without comments; none if it does not exist.
func (r Reader) lines(path string) ([]string, error) {
	file, err := r.Files.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read, so nothing can be lost
	var lines []string
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		if line := strings.TrimSpace(strings.TrimPrefix(scanner.Text(), "\uFEFF")); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return lines, nil
}

// withoutIgnored removes the files that a pattern matches.
func (c Check) withoutIgnored(files []string) ([]string, error) {
	all, err := c.ignoredPaths()
	if err != nil || len(all) == 0 {
		return files, err
	}
	var kept []string
	for _, file := range files {
		skip := false
		for _, i := range all {
			matched, err := i.matches(file)
			if err != nil {
				return nil, fmt.Errorf("ignore %s: %w", file, err)
			}
			skip = skip || matched && file != Stdin
		}
		if !skip {
			kept = append(kept, file)
		}
	}
	return kept, nil
}
