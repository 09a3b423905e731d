package status

import "strings"

// The ANSI colours that are used.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
)

func (v View) paint(colour, text string) string {
	if !v.Colour || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// paintRow paints the words of a line of the table that are good or bad. They are painted
// after the columns are aligned, as colours have no width.
func (v View) paintRow(line string) string {
	if !v.Colour {
		return line
	}
	if strings.Contains(line, "(") {
		return v.paint(faint, line) // old, neither good nor bad
	}
	for _, word := range []struct{ text, colour string }{
		{"True", green}, {"False", red}, {"Unknown", yellow}, {"refused", red}, {"not open", red}, {"not applied", red},
	} {
		line = strings.ReplaceAll(line, word.text, v.paint(word.colour, word.text))
	}
	return line
}
