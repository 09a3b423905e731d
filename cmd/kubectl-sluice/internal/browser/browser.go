// Package browser opens a page in the user's browser.
package browser

import (
	"context"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
)

// Open opens a URL. It is passed in a file that only the user can read: other users of a machine see the
// arguments of programs. The file is removed by the function that is returned.
func Open(ctx context.Context, system, url string) (remove func(), err error) {
	program, err := opener(system)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kubectl-sluice-")
	if err != nil {
		return nil, fmt.Errorf("open the browser: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	file := filepath.Join(dir, "open.html")
	page := `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=` + html.EscapeString(url) + `"><title>Sluice</title>` + "\n"
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		remove()
		return nil, fmt.Errorf("open the browser: %w", err)
	}
	command := exec.CommandContext(ctx, program[0], append(program[1:], file)...) //nolint:gosec // one of three programs
	if err := command.Start(); err != nil {
		remove()
		return nil, fmt.Errorf("open the browser: %w", err)
	}
	go func() { _ = command.Wait() }() // the browser may run for as long as it likes
	return remove, nil
}

// opener is the program that opens files on a system.
func opener(system string) ([]string, error) {
	switch system {
	case "linux", "freebsd", "openbsd", "netbsd":
		return []string{"xdg-open"}, nil
	case "darwin":
		return []string{"open"}, nil
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}, nil
	}
	return nil, errors.New("it is unknown how to open a browser on " + system)
}
