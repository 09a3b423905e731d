package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sluice/test/harness/cluster"
)

// pinned is the line of a .mod file that pins a release of Kubernetes.
var pinned = regexp.MustCompile(`k8s\.io/kubernetes v(1\.\d+)\.\d+`)

// releases lists the releases that test/parts/controlplane pins, the oldest first.
func releases(ctx context.Context) ([]string, error) {
	root, err := cluster.Root(ctx)
	if err != nil {
		return nil, err
	}
	parts := filepath.Join(root, "test", "parts", "controlplane")
	files, err := filepath.Glob(filepath.Join(parts, "releases", "*.mod"))
	if err != nil {
		return nil, fmt.Errorf("list the releases: %w", err)
	}
	var found []string
	for _, file := range append(files, filepath.Join(parts, "go.mod")) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read a release: %w", err)
		}
		match := pinned.FindSubmatch(text)
		if match == nil {
			return nil, fmt.Errorf("%s does not require k8s.io/kubernetes", file)
		}
		found = append(found, string(match[1]))
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(minor(a), minor(b)) })
	return found, nil
}

// minor is the number after the first dot of a release; 0 if there is none.
func minor(release string) int {
	_, text, _ := strings.Cut(release, ".")
	number, _ := strconv.Atoi(text) // 0 sorts first
	return number
}

// variable is what selects a release in the environment: nothing for the newest.
func variable(release string, known []string) string {
	if release == known[len(known)-1] {
		return cluster.ReleaseVariable + "="
	}
	return cluster.ReleaseVariable + "=" + release
}

// build builds the control plane of a release, unless it is there.
func build(ctx context.Context, release string, known []string) error {
	if !slices.Contains(known, release) {
		return fmt.Errorf("release %q is not supported; use %s", release, strings.Join(known, ", "))
	}
	root, err := cluster.Root(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "make", "-C", root, "controlplane")
	cmd.Env = append(os.Environ(), variable(release, known))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build Kubernetes %s: %w", release, err)
	}
	return nil
}
