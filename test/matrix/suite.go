package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sluice/test/harness/cluster"
)

// allSuites are the suites below test/e2e about what API servers do.
func allSuites() []string {
	return []string{"admission", "install", "policies", "tenants", "removal", "compiled"}
}

// The results of a suite.
const (
	passed = "passed"
	failed = "failed"
)

// event is one line of "go test -json".
type event struct {
	Action, Test, Output string
	Elapsed              float64
}

// tally is what a suite said.
type tally struct {
	passed, failed, skipped []string
	// ok is whether the suite as a whole passed, and elapsed how long it took.
	ok      bool
	elapsed time.Duration
}

// count reads the output of "go test -json". It copies what failed tests printed.
func count(events io.Reader, failures io.Writer) (tally, error) {
	var t tally
	printed := map[string]*strings.Builder{}
	for decoder := json.NewDecoder(events); ; {
		var e event
		err := decoder.Decode(&e)
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return t, fmt.Errorf("read the output of go test: %w", err)
		}
		if printed[e.Test] == nil {
			printed[e.Test] = &strings.Builder{}
		}
		printed[e.Test].WriteString(e.Output)
		if e.Action == "fail" {
			if _, err := io.WriteString(failures, printed[e.Test].String()); err != nil {
				return t, fmt.Errorf("print a failure: %w", err)
			}
		}
		t.add(e)
	}
}

// add counts the end of a test, but not of the parts of one.
func (t *tally) add(e event) {
	if e.Test == "" {
		if e.Action == "pass" || e.Action == "fail" || e.Action == "skip" {
			t.ok, t.elapsed = e.Action == "pass", time.Duration(e.Elapsed*float64(time.Second))
		}
		return
	}
	if strings.Contains(e.Test, "/") {
		return
	}
	switch e.Action {
	case "pass":
		t.passed = append(t.passed, e.Test)
	case "fail":
		t.failed = append(t.failed, e.Test)
	case "skip":
		t.skipped = append(t.skipped, e.Test)
	}
}

// line returns the line of the table.
func (t tally) line(release, suite string) line {
	l := line{Release: release, Suite: suite, Result: passed, Tests: len(t.passed) + len(t.failed), Minutes: max(1, int(t.elapsed.Round(time.Minute)/time.Minute))}
	if !t.ok {
		l.Result = failed
	}
	if t.failed != nil {
		l.Result += ": " + strings.Join(t.failed, ", ")
	}
	if t.skipped != nil {
		l.Result += "; skipped: " + strings.Join(t.skipped, ", ")
	}
	return l
}

// runSuite runs a suite on a release.
func runSuite(ctx context.Context, release, suite string, known []string) (line, error) {
	root, err := cluster.Root(ctx)
	if err != nil {
		return line{}, err
	}
	if _, err := os.Stat(filepath.Join(root, "test", "e2e", suite)); err != nil {
		return line{}, fmt.Errorf("there is no suite %q: %w", suite, err)
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout=30m", "./test/e2e/"+suite)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), variable(release, known))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return line{}, fmt.Errorf("run go test: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return line{}, fmt.Errorf("run go test: %w", err)
	}
	t, err := count(stdout, os.Stderr)
	if err != nil {
		return line{}, errors.Join(err, cmd.Wait())
	}
	// It fails if a test does; the table says so.
	if _, failing := errors.AsType[*exec.ExitError](cmd.Wait()); failing {
		t.ok = false
	}
	return t.line(release, suite), ctx.Err()
}
