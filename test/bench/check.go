package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const document = `apiVersion: operator.openshift.io/v1
kind: Network
metadata:
  name: cluster
spec:
  exportNetworkFlows:
    netFlow:
      collectors:
        - 192.168.1.99:2056
`

// check measures the command line as a whole process.
func (b *bench) check(ctx context.Context) error {
	files := filepath.Join(b.dir, "files")
	if err := os.MkdirAll(files, 0o700); err != nil {
		return err
	}
	for i := range 1000 {
		if err := os.WriteFile(filepath.Join(files, fmt.Sprintf("network-%04d.yaml", i)), []byte(document), 0o600); err != nil {
			return err
		}
	}
	const documents = 100_000
	many := filepath.Join(b.dir, "many.yaml")
	if err := os.WriteFile(many, []byte(strings.Repeat(document+"---\n", documents)), 0o600); err != nil {
		return err
	}
	whole, err := b.time(ctx, 15, nil, files)
	if err != nil {
		return err
	}
	b.add(row{"sluice check of 1,000 files, whole process", "", millis(whole), "", "≤ 100 ms", whole <= 100*time.Millisecond})
	one, err := b.time(ctx, 5, nil, filepath.Join(files, "network-0000.yaml"))
	if err != nil {
		return err
	}
	b.add(row{"sluice check of one file, whole process", "", millis(one), "", "", true})
	lot, err := b.time(ctx, 3, []string{"GOMAXPROCS=1"}, many)
	if err != nil {
		return err
	}
	rate := documents / (lot - one).Seconds()
	b.add(row{"documents a second on one core (a file of 100,000, start-up taken off)", "", fmt.Sprintf("%.0f", rate), "", "≥ 20,000", rate >= 20_000})
	return nil
}

// time is the median duration of "sluice check" on a path.
func (b *bench) time(ctx context.Context, runs int, env []string, path string) (time.Duration, error) {
	var samples []time.Duration
	for range runs {
		cmd := exec.CommandContext(ctx, b.program, "check", path)
		cmd.Env = append(os.Environ(), env...)
		start := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%w: %.500s", err, out)
		}
		samples = append(samples, time.Since(start))
	}
	return median(samples), nil
}
