// Package gather writes an archive for support: bounded, without secrets, and with a list of what is missing. It
// reads values and writes an archive.
package gather

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"time"

	"sluice/cmd/internal/printable"
)

// Archive is a compressed archive of files.
type Archive struct {
	folder string
	now    time.Time
	zip    *gzip.Writer
	tar    *tar.Writer
	left   int
	missed []string
}

// The bounds of an archive, before compression.
const (
	// MaxArchive bounds all files together.
	MaxArchive = 256 << 20
	// MaxFile bounds one file.
	MaxFile = 16 << 20
)

// New begins an archive; all of its files are in one folder.
func New(w io.Writer, folder string, now time.Time) *Archive {
	zip := gzip.NewWriter(w)
	return &Archive{folder: folder, now: now, zip: zip, tar: tar.NewWriter(zip), left: MaxArchive}
}

// Add adds a file. A file that is too large is cut, and what has no room is left out; the archive says so. An error says
// that nothing can be written any more.
func (a *Archive) Add(name string, content []byte) error {
	if len(content) > MaxFile {
		a.Miss(name, fmt.Errorf("only the first %d of %d bytes", MaxFile, len(content)))
		content = content[:MaxFile]
	}
	if len(content) > a.left {
		a.Miss(name, fmt.Errorf("left out, because the archive has %d bytes", MaxArchive))
		return nil
	}
	a.left -= len(content)
	return a.write(name, content)
}

func (a *Archive) write(name string, content []byte) error {
	err := a.tar.WriteHeader(&tar.Header{Name: a.folder + "/" + name, Mode: 0o600, Size: int64(len(content)), ModTime: a.now, Typeflag: tar.TypeReg})
	if err == nil {
		_, err = a.tar.Write(content)
	}
	if err != nil {
		return fmt.Errorf("write %s into the archive: %w", name, err)
	}
	return nil
}

// Miss notes that something is missing, and why.
func (a *Archive) Miss(name string, why error) {
	a.missed = append(a.missed, printable.Line(name+": "+Text(why.Error())))
}

// Missed lists what is missing.
func (a *Archive) Missed() []string { return a.missed }

// Close ends the archive with a file that lists what is missing.
func (a *Archive) Close() error {
	text := "Nothing is missing.\n"
	if len(a.missed) > 0 {
		text = strings.Join(a.missed, "\n") + "\n"
	}
	err := a.write("missing.txt", []byte(text))
	for _, c := range []io.Closer{a.tar, a.zip} {
		if closed := c.Close(); err == nil && closed != nil {
			err = fmt.Errorf("end the archive: %w", closed)
		}
	}
	return err
}

// Lines are the last lines of a text that fit into a number of bytes.
func Lines(text []byte, most int) []byte {
	if len(text) <= most {
		return text
	}
	text = text[len(text)-most:]
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return text
}
