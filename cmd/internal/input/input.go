// Package input reads the files that users name on the command line.
package input

import (
	"fmt"
	"io"
	"os"
)

// Stdin is the name of standard input on the command line.
const Stdin = "-"

// maxFile bounds the memory that one file takes: 64 MiB, far more than the API server accepts
// in one object.
const maxFile = 64 << 20

// Read reads a file as a whole, or standard input.
func Read(name string, stdin io.Reader) ([]byte, error) {
	from := stdin
	if name != Stdin {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
		defer file.Close()
		from = file
	}
	data, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read manifests: %w", err)
	case len(data) > maxFile:
		return nil, fmt.Errorf("read manifests: %s is larger than %d MiB", name, maxFile>>20)
	}
	return data, nil
}
