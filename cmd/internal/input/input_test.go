package input

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// endless is an input without an end.
type endless struct{}

func (endless) Read(to []byte) (int, error) { return len(to), nil }

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(file, []byte("in a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		name  string
		stdin io.Reader
		want  string
		err   string
	}{
		"a file":         {file, nil, "in a file", ""},
		"standard input": {"-", strings.NewReader("piped"), "piped", ""},
		"a missing file": {file + "x", nil, "", "no such file"},
		"too large":      {"-", endless{}, "", "larger than 64 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read(c.name, c.stdin)
			if string(got) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
}
