package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// writeGitHub writes workflow commands, which GitHub shows next to the changed lines. The last
// line is for the log.
func writeGitHub(w io.Writer, c Check) error {
	out := bufio.NewWriter(w)
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, r := range c.Results {
		for _, i := range r.issues() {
			place := fmt.Sprintf("file=%s,line=%d", property.Replace(r.File), r.line(i))
			if i.at.Column > 0 {
				place += fmt.Sprintf(",col=%d", i.at.Column)
			}
			fmt.Fprintf(out, "::%s %s,title=%s::%s\n", level(i.failure), place, property.Replace("sluice/"+i.rule), data.Replace(i.text))
		}
		for _, note := range r.notes() {
			fmt.Fprintf(out, "::notice file=%s,line=%d,title=sluice::%s\n", property.Replace(r.File), r.Line, data.Replace(note))
		}
	}
	for _, n := range c.NotJudged {
		fmt.Fprintf(out, "::warning file=%s,line=%d,title=sluice/not-judged::%s\n", property.Replace(n.File), n.Line, data.Replace(n.Text()))
	}
	for _, p := range c.Unreadable {
		place := ""
		if p.File != "" {
			place = " file=" + property.Replace(p.File)
			if p.Line > 0 {
				place += fmt.Sprintf(",line=%d", p.Line)
			}
			place += ",title=sluice/unreadable"
		}
		fmt.Fprintf(out, "::error%s::%s\n", place, data.Replace(p.Message))
	}
	fmt.Fprintln(out, "sluice: "+summarize(c).String())
	return out.Flush()
}
