package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"sluice/cmd/internal/printable"
	"sluice/cmd/kubectl-sluice/internal/doctor"
)

// findingIndent is the column of all texts of a finding.
const findingIndent = 9

// writeFindings prints findings in lines of a width. Only a command may be longer, so that it can be copied.
func writeFindings(w io.Writer, width int, color bool, where string, list []doctor.Finding) {
	if where != "" {
		fmt.Fprintf(w, "%s\n\n", words("Checked "+where, width, 0))
	}
	for _, f := range list {
		fmt.Fprintf(w, "%s %s\n", painted(f.State, color), words(f.Title(), width, findingIndent))
		indent := strings.Repeat(" ", findingIndent)
		if f.Why != "" {
			fmt.Fprintf(w, "%s%s\n", indent, words(f.Why, width, findingIndent))
		}
		const fix = "fix: "
		for i, step := range steps(f.Do) {
			begin := fix
			if i > 0 {
				begin = strings.Repeat(" ", len(fix))
			}
			fmt.Fprintf(w, "%s%s%s\n", indent, begin, words(unbroken(step), width, findingIndent+len(fix)))
		}
	}
	fmt.Fprintf(w, "\n%s\n", words(summarize(list).text(), width, 0))
	if !doctor.Installed(list) {
		fmt.Fprintln(w, words("Sluice is not installed in this cluster. If this is not the cluster that you mean, choose another one with --context.", width, 0))
	}
}

// steps are the commands and instructions of an advice: each command is one.
func steps(advice string) []string {
	var list []string
	for part := range strings.SplitSeq(advice, "; ") {
		for _, tool := range []string{": kubectl ", ": oc "} {
			if before, after, ok := strings.Cut(part, tool); ok {
				list = append(list, before+":")
				part = tool[len(": "):] + after
			}
		}
		if part != "" {
			list = append(list, part)
		}
	}
	return list
}

// command is a command in a text: it ends with the text, or with what it is in.
func command() *regexp.Regexp { return regexp.MustCompile(`\b(kubectl|oc) [^;)]*`) }

// space is a space within a command.
const space = "\ue000"

// unbroken is a text with commands that have no spaces at which words breaks it.
func unbroken(text string) string {
	return command().ReplaceAllStringFunc(text, func(c string) string { return strings.ReplaceAll(c, " ", space) })
}

// words breaks a text between words into lines of a width. It begins in the column indent, and so do its other
// lines. A width of 0 leaves it.
func words(text string, width, indent int) string {
	text = printable.Line(text)
	var out strings.Builder
	column := indent
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case width > 0 && column+1+n > width:
			out.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			out.WriteString(" ")
			column++
		}
		out.WriteString(word)
		column += n
	}
	return strings.ReplaceAll(out.String(), space, " ")
}
