package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// text reads a page.
func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// reference maps each command to what its --help prints.
func reference(t *testing.T) map[string]string {
	t.Helper()
	helps := map[string]string{}
	for _, section := range regexp.MustCompile(`(?m)^##+ `).Split(text(t, "reference/flags.md"), -1)[1:] {
		name, help, _ := strings.Cut(section, "\n")
		helps[strings.Replace(name, "kubectl-sluice", "kubectl sluice", 1)] = help
	}
	return helps
}

// command finds the calls of Sluice's own programs in a page: in consoles and in code spans.
var command = regexp.MustCompile("(?:^|[`$|(] ?)((?:kubectl sluice|oc sluice|sluice-agent|sluice-webhook|sluice)(?: [^`|\n<>]*)?)")

// builtin are the commands and flags that cobra adds to every program.
var builtin = regexp.MustCompile(`^(completion|help|--help|--version)$`)

// TestCommandsAndFlagsExist: a page that names a command or a flag that was renamed misleads.
func TestCommandsAndFlagsExist(t *testing.T) {
	helps := reference(t)
	found := 0
	pages := slices.Concat(glob(t, "*.md"), glob(t, "*/*.md"), []string{"../README.md", "../CONTRIBUTING.md", "../SECURITY.md"}, glob(t, "../manifests/*/README.md"), glob(t, "../manifests/*/*/README.md"))
	for _, page := range pages {
		for line := range strings.Lines(text(t, page)) {
			for _, match := range command.FindAllStringSubmatch(line, -1) {
				if misspelled(line) {
					continue
				}
				found++
				if complaint := unknown(helps, strings.Fields(match[1])); complaint != "" {
					t.Errorf("%s: %s: %s", page, match[1], complaint)
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d commands are found", found)
	}
}

// misspelled lines show what the programs answer to a wrong command or flag.
func misspelled(line string) bool {
	return strings.Contains(line, " chek") || strings.Contains(line, "--fail-onn") || strings.Contains(line, "statsu") || strings.Contains(line, "--wide")
}

// unknown says which word of a call the reference does not have.
func unknown(helps map[string]string, words []string) string {
	name, rest := words[0], words[1:]
	if name == "oc" || name == "kubectl" {
		name, rest = "kubectl sluice", words[2:]
	}
	for len(rest) > 0 && regexp.MustCompile(`^[a-z]+$`).MatchString(rest[0]) {
		if _, ok := helps[name+" "+rest[0]]; !ok {
			if strings.Contains(helps[name], "\nAvailable Commands:\n") && !builtin.MatchString(rest[0]) {
				return "there is no command " + rest[0]
			}
			break
		}
		name, rest = name+" "+rest[0], rest[1:]
	}
	for _, word := range rest {
		flag, _, _ := strings.Cut(strings.Trim(word, ".,;)"), "=")
		if strings.HasPrefix(flag, "--") && len(flag) > 2 && !builtin.MatchString(flag) && !regexp.MustCompile(regexp.QuoteMeta(flag)+`\b`).MatchString(helps[name]) {
			return "there is no flag " + flag
		}
	}
	return ""
}

// TestMermaidParses checks the subset of Mermaid's flowcharts that the pages use, so that a typo
// does not show as an error in place of a picture.
func TestMermaidParses(t *testing.T) {
	node := `[a-zA-Z]\w*(?:\["[^"\]]+"\]|\{"[^"}]+"\}|\[\([^)\]]+\)\]|\[[^"\]]+\])?`
	group := node + `(?: & ` + node + `)*`
	edge := regexp.MustCompile(`^ +(?:subgraph \w+\["[^"\]]+"\]|end|` + group + `(?: (?:-->|<-->|-\.->)(?:\|"[^"|]+"\||\|[^"|]+\|)? ` + group + `)*)$`)
	pictures := 0
	for _, page := range append(glob(t, "*.md"), slices.Concat(glob(t, "*/*.md"), []string{"../README.md"})...) {
		blocks := strings.Split(text(t, page), "```mermaid\n")[1:]
		pictures += len(blocks)
		for _, block := range blocks {
			lines := strings.Split(strings.TrimSpace(block[:strings.Index(block, "```")]), "\n")
			if !regexp.MustCompile(`^flowchart (LR|TD|TB)$`).MatchString(lines[0]) {
				t.Errorf("%s: a picture begins with %q", page, lines[0])
			}
			if opened, closed := strings.Count(block, "\n  subgraph "), strings.Count(block, "\n  end\n"); opened != closed {
				t.Errorf("%s: %d subgraphs begin, %d end", page, opened, closed)
			}
			for _, line := range lines[1:] {
				if !edge.MatchString(line) {
					t.Errorf("%s: not an edge: %q", page, line)
				}
			}
		}
	}
	if pictures < 7 {
		t.Errorf("%d pictures", pictures)
	}
}

// TestPathsBeginWithACommand: each path of docs/troubleshooting.md has a picture, a command with its
// output, and a table that says where to go.
func TestPathsBeginWithACommand(t *testing.T) {
	sections := strings.Split(text(t, "troubleshooting.md"), "\n## ")[1:]
	if len(sections) != 3 {
		t.Errorf("%d paths", len(sections))
	}
	for _, section := range sections {
		title, body, _ := strings.Cut(section, "\n")
		picture, console, table := strings.Index(body, "```mermaid\n"), regexp.MustCompile("```console\n\\$ [^\n]+\n[^$`]").FindStringIndex(body), strings.Index(body, "\n|---|---|\n")
		if picture < 0 || console == nil || table < console[0] || console[0] < picture {
			t.Errorf("%s: picture, command with output, and table are not there in this order", title)
		}
	}
}

// TestEveryPageIsInTheIndex: a page that docs/README.md does not name is not found.
func TestEveryPageIsInTheIndex(t *testing.T) {
	index := text(t, "README.md")
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if page != "README.md" && !strings.Contains(index, "("+page+")") {
			t.Errorf("the index does not name %s", page)
		}
	}
}

// TestRunbooksSayHowUrgent: each begins with one of the levels of the index, and then with a command.
func TestRunbooksSayHowUrgent(t *testing.T) {
	begins := regexp.MustCompile(`^# \w+\n\n\*\*Urgency:\*\* (?:now|same day|can wait for working hours)[.,;: ][^#]*\n\n## Diagnosis\n\n` + "```console\n\\$ ")
	pages, err := filepath.Glob("runbooks/Sluice*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if !begins.MatchString(text(t, page)) {
			t.Errorf("%s does not begin with its urgency and a command", page)
		}
	}
}
