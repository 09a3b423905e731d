package check

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile bounds the memory that one file takes. A cluster's API holds no object over
// about 1.5 MiB.
const maxFile = 64 << 20

var errTooLarge = fmt.Errorf("larger than %d MiB", maxFile>>20)

// Files is how files are reached. Names are those of the operating system.
type Files interface {
	Stat(name string) (fs.FileInfo, error) // follows links
	ReadDir(name string) ([]fs.DirEntry, error)
	Open(name string) (io.ReadCloser, error)
	// Replace puts a new text in a file's place: either all of it or nothing. Mode and
	// links stay.
	Replace(name string, data []byte) error
}

// Disk is the file system of the machine.
type Disk struct{}

// Stat implements [Files].
func (Disk) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// ReadDir implements [Files].
func (Disk) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Open implements [Files].
func (Disk) Open(name string) (io.ReadCloser, error) { return os.Open(name) }

// Replace implements [Files]. It writes beside the file, so that the last step is a rename
// within one file system.
func (Disk) Replace(name string, data []byte) (err error) {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", name)
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), ".sluice-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(data)
	if err == nil {
		err = temporary.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = temporary.Sync()
	}
	if err = errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), target)
}

// Read reads a whole file, or standard input.
func (c Check) Read(path string) ([]byte, error) {
	from := c.Stdin
	if path != Stdin {
		file, err := c.Files.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // nothing is lost in a file that was only read
		from = file
	}
	data, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", shown(path), err)
	case len(data) > maxFile:
		return nil, fmt.Errorf("%s: %w", shown(path), errTooLarge)
	}
	return data, nil
}

// shown is the name of a path in results.
func shown(path string) string {
	if path == Stdin {
		return StdinName
	}
	return path
}
