package check

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile bounds the size of one file. The API server stores no object larger than about
// 1.5 MiB.
const maxFile = 64 << 20

var errTooLarge = fmt.Errorf("larger than %d MiB", maxFile>>20)

// Files is access to files. Names are those of the operating system.
type Files interface {
	Stat(name string) (fs.FileInfo, error) // follows links
	ReadDir(name string) ([]fs.DirEntry, error)
	Open(name string) (io.ReadCloser, error)
	// Replace replaces the content of a file, completely or not at all. It keeps the mode of
	// the file, and links to it.
	Replace(name string, data []byte) error
}

// Disk is the file system of this machine.
type Disk struct{}

// Stat implements [Files].
func (Disk) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// ReadDir implements [Files].
func (Disk) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Open implements [Files].
func (Disk) Open(name string) (io.ReadCloser, error) { return os.Open(name) }

// Replace implements [Files]. It writes a new file in the same directory, so that the last step
// is a rename within one file system.
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
