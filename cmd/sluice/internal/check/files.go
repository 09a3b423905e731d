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
	// Replace replaces the content of a file, completely or not at all. It keeps everything else:
	// its owner and its mode, and links to it.
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

// Replace implements [Files]. It writes into the file itself, so that its owner, its mode, links to it
// and its other attributes stay. Before, it stores the new text next to it: what a crash leaves half
// written can be repaired from there. If the write fails, the old text is written back.
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
	old, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	spare, err := spareCopy(target, data)
	if err != nil {
		return err
	}
	if err := overwrite(file, data); err != nil {
		if back := overwrite(file, old); back != nil {
			return fmt.Errorf("%s is damaged: %w; the new text is in %s", name, errors.Join(err, back), spare)
		}
		return errors.Join(err, os.Remove(spare))
	}
	return os.Remove(spare)
}

// spareCopy writes a text to a new file next to another one, and returns its name.
func spareCopy(target string, data []byte) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(target), ".sluice-*.tmp")
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// overwrite replaces the content of an open file.
func overwrite(file *os.File, data []byte) error {
	_, err := file.WriteAt(data, 0)
	if err == nil {
		err = file.Truncate(int64(len(data)))
	}
	if err == nil {
		err = file.Sync()
	}
	return err
}
