package status

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sluice/cmd/internal/printable"
)

// View says how to show a cluster.
type View struct {
	// Context and Server name the cluster that was read.
	Context, Server string
	// Wide shows each collector, and more about each node.
	Wide bool
	// Headers shows the headings of the table.
	Headers bool
	// Color colors what is good and bad.
	Color bool
	// All shows all nodes and all problems; otherwise only the first of many.
	All bool
	// OnlyProblems shows only the nodes with problems.
	OnlyProblems bool
	// ByCollector has a line for each collector in place of each node.
	ByCollector bool
	// Watched says that the output is updated on every change.
	Watched bool
	// Width and Height are those of the terminal; 0 for any.
	Width, Height int
	Now           time.Time
	// Changed is when something changed last, if the output is drawn more often; otherwise Now.
	Changed time.Time
}

// The number of lines that are shown of what may be much.
const (
	shownOK       = 20 // nodes that are OK
	shownNodes    = 50 // nodes with problems
	shownProblems = 20
	shownAlike    = 3 // problems with the same reason
)

// Write shows a cluster: the verdict, then the problems, then the lists and the nodes.
func (v View) Write(w io.Writer, c Cluster) error {
	s := c.Summarize()
	head, problems, lists := v.head(c, s), v.problems(s.Problems, shownProblems), v.lists(c)
	rest := v.Height - 1 // the cursor is on the last line
	rest -= len(head)
	if v.Height > 0 && len(problems)+len(lists) > rest*2/3 {
		problems = v.problems(s.Problems, max(1, rest/3-2))
		problems = v.firstLines(problems, max(0, rest*2/3))
	}
	if rest -= len(problems); v.Height > 0 && len(lists) > rest/2 {
		lists = nil
	}
	rest -= len(lists)
	lines := append(append(head, problems...), lists...)
	if v.ByCollector {
		lines = append(lines, v.collectorLines(c, v.budget(rest))...)
	} else {
		lines = append(lines, v.table(c, s, v.budget(rest))...)
	}
	if v.Height > 0 {
		lines = v.firstLines(lines, max(1, v.Height-1))
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// unbounded is more lines than there are.
const unbounded = 1 << 30

func (v View) budget(rest int) int {
	if v.Height == 0 {
		return unbounded
	}
	return max(0, rest)
}

// head is the verdict, the cluster that was read, and how many nodes are up to date.
func (v View) head(c Cluster, s Summary) []string {
	verdict := c.verdict(s)
	color := map[Level]string{LevelOK: green, LevelProblem: red, LevelOff: yellow}[verdict.Level]
	first := v.paint(color, verdict.Title)
	if where := Where(v.Context, v.Server); where != "" {
		first += " (" + cutTo(where, v.Width-len(verdict.Title)-3) + ")"
	}
	more := []string{verdict.Text}
	if s.OutOfScope > 0 && !c.narrowed {
		more = append(more, plural(s.OutOfScope, "more has no agent by intention: the DaemonSet does not select it.", "more have no agent by intention: the DaemonSet does not select them."))
	}
	if v.Watched {
		more = append(more, "Updated on every change, last at "+v.Now.Format(time.TimeOnly)+".")
	}
	lines := []string{first}
	for _, line := range more {
		lines = append(lines, wrapped(line, v.Width, 2)...)
	}
	return lines
}

// Where names the cluster of a kubeconfig's context.
func Where(context, server string) string {
	context, server = printable.Line(context), printable.Line(server)
	if context == "" {
		return server
	}
	return strings.TrimSuffix("context "+context+", "+server, ", ")
}

// cutTo cuts a text to a number of characters; a width of 0 or less leaves it.
func cutTo(text string, width int) string {
	letters := []rune(text)
	if width <= 0 || len(letters) <= width {
		return text
	}
	return string(letters[:max(0, width-1)]) + "…"
}

// firstLines are the first of some lines. The last one shows that there are more.
func (v View) firstLines(lines []string, most int) []string {
	if len(lines) <= most || most == 0 {
		return lines[:min(len(lines), most)]
	}
	lines = slices.Clone(lines[:most])
	last := &lines[most-1]
	switch {
	case *last == "":
		*last = "…"
	case strings.Contains(*last, "\x1b"):
		*last = "  …"
	case v.Width > 0 && len([]rune(*last)) > v.Width-2:
		*last = cutTo(*last+" …", v.Width)
	default:
		*last += " …"
	}
	return lines
}

// wrapped breaks a line between words; all but the first have an indent. A width of 0 leaves it.
func wrapped(line string, width, indent int) []string {
	if width <= 2*indent {
		return []string{line}
	}
	var lines []string
	letters := []rune(line)
	for len(letters) > width {
		end := width
		for i := width; i > indent; i-- {
			if letters[i] == ' ' {
				end = i
				break
			}
		}
		lines = append(lines, strings.TrimRight(string(letters[:end]), " "))
		rest := strings.TrimLeft(string(letters[end:]), " ")
		letters = []rune(strings.Repeat(" ", indent) + rest)
	}
	return append(lines, string(letters))
}

// plural is a number with its noun.
func plural(n int, one, many string) string {
	noun := many
	if n == 1 {
		noun = one
	}
	return fmt.Sprintf("%d %s", n, cmp.Or(noun, one))
}
