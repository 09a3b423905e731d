package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// writeGitHub writes workflow commands, which GitHub shows next to the changed lines. The last
// line is for the log.
func writeGitHub(w io.Writer, results []Result) error {
	out := bufio.NewWriter(w)
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, r := range results {
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
	fmt.Fprintln(out, "sluice: "+summarize(results).String())
	return out.Flush()
}
