package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// programs lists the programs in the order of the page.
func programs() []string {
	return []string{"sluice", "kubectl-sluice", "sluice-webhook", "sluice-agent"}
}

// flags writes the help texts of all commands.
func flags(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp("", "sluice-reference-")
	if err != nil {
		return "", fmt.Errorf("create a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var b strings.Builder
	b.WriteString(generated + "# Commands and flags\n\nWhat `--help` prints for each command.\n")
	for _, name := range programs() {
		path := filepath.Join(dir, name)
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "./cmd/"+name).CombinedOutput(); err != nil { //nolint:gosec // names are constants
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
		fmt.Fprintf(&b, "\n## %s\n", name)
		if err := help(ctx, &b, path, nil); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// help writes the help of a command and of its subcommands.
func help(ctx context.Context, b *strings.Builder, path string, words []string) error {
	command := exec.CommandContext(ctx, path, append(words, "--help")...) //nolint:gosec // programs of this repository
	command.Env = []string{"HOME=/nonexistent"}                           // defaults come from the environment
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s --help: %w\n%s", strings.Join(append([]string{path}, words...), " "), err, out)
	}
	if len(words) > 0 {
		fmt.Fprintf(b, "\n### %s %s\n", filepath.Base(path), strings.Join(words, " "))
	}
	fmt.Fprintf(b, "\n```text\n%s\n```\n", strings.TrimSpace(string(out)))
	for _, name := range below(string(out)) {
		if err := help(ctx, b, path, append(slices.Clip(words), name)); err != nil {
			return err
		}
	}
	return nil
}

// below lists the subcommands in a help text, without those that the library adds.
func below(text string) []string {
	_, list, found := strings.Cut(text, "Available Commands:\n")
	if !found {
		return nil
	}
	list, _, _ = strings.Cut(list, "\n\n")
	var names []string
	for _, match := range regexp.MustCompile(`(?m)^  ([a-z-]+) `).FindAllStringSubmatch(list, -1) {
		if match[1] != "help" && match[1] != "completion" {
			names = append(names, match[1])
		}
	}
	return names
}
