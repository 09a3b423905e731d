package exit_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"sluice/cmd/internal/exit"
)

func TestStatus(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		text   string
	}{
		"success":             {nil, 0, ""},
		"printed already":     {exit.With(1), 1, ""},
		"wrapped":             {fmt.Errorf("check: %w", exit.Usage(errors.New("no files"))), 2, "sluice: check: no files\n"},
		"a hostile text":      {errors.New("a\x1b[31m\n ::error::x\nb"), 2, "sluice: a\\x1b[31m\nsluice:  ::error::x\nb\n"},
		"an error of its own": {errors.New("no cluster"), 2, "sluice: no cluster\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			if got := exit.Status(c.err, "sluice", &stderr); got != c.status || stderr.String() != c.text {
				t.Errorf("status %d, %q; want %d, %q", got, stderr.String(), c.status, c.text)
			}
		})
	}
}
