package monitoring

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

var flagPattern = regexp.MustCompile(` (--[a-z-]+|-[a-zA-Z])\b`)

// TestFlagsOfCommandsExist looks up each flag in the program's own help, also of the commands
// that change something.
func TestFlagsOfCommandsExist(t *testing.T) {
	folder := t.TempDir()
	kubectl, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, build := range []func(context.Context, string) (string, error){cluster.BuildSluice, cluster.BuildPlugin} {
		if _, err := build(t.Context(), folder); err != nil {
			t.Fatal(err)
		}
	}
	programs := map[string]string{"kubectl sluice": filepath.Join(folder, "kubectl-sluice"), "kubectl": filepath.Join(kubectl, "kubectl"), "sluice": filepath.Join(folder, "sluice")}
	help := func(program string, words ...string) string {
		command := exec.CommandContext(t.Context(), programs[program], words...)
		command.Env = append(os.Environ(), "HOME="+folder)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("%s %s: %v\n%s", program, strings.Join(words, " "), err, out)
		}
		return string(out)
	}
	general := help("kubectl", "options")
	for _, command := range commands(t) {
		for part := range strings.SplitSeq(command, " | ") {
			program, rest := programOf(part)
			if program == "" {
				continue
			}
			text := help(program, append(verb(program, rest), "--help")...)
			if program == "kubectl" {
				text += general
			}
			for _, m := range flagPattern.FindAllStringSubmatch(" "+rest, -1) {
				if !regexp.MustCompile(`(^|[\s,])` + m[1] + `\b`).MatchString(text) {
					t.Errorf("%s: there is no flag %s", command, m[1])
				}
			}
		}
	}
}

// programOf is the program whose flags are known here.
func programOf(command string) (program, rest string) {
	for _, program := range []string{"kubectl sluice ", "kubectl ", "sluice "} {
		if rest, ok := strings.CutPrefix(command, program); ok {
			return strings.TrimSpace(program), rest
		}
	}
	return "", ""
}

// verb is the command of a program, of one or two words.
func verb(program, rest string) []string {
	if program == "kubectl" {
		rest = strings.TrimPrefix(rest, "-n sluice-system ")
		for _, namespace := range []string{"sluice-agent", "openshift-network-operator", "default"} {
			rest = strings.TrimPrefix(rest, "-n "+namespace+" ")
		}
	}
	words := strings.Fields(rest)
	if slices.Contains([]string{"policy", "auth", "top"}, words[0]) {
		return words[:2]
	}
	return words[:1]
}
