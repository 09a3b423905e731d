package status

import "strings"

// The ANSI colors in use.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
)

func (v View) paint(color, text string) string {
	if !v.Color || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// paintRow colors the words of a line of the table that are good or bad. That is done after
// the columns are aligned, because colors have no width.
func (v View) paintRow(line string) string {
	if !v.Color {
		return line
	}
	if strings.Contains(line, "(") {
		return v.paint(faint, line) // old, neither good nor bad
	}
	for _, word := range []struct{ text, color string }{
		{"True", green}, {"False", red}, {"Unknown", yellow}, {"refused", red}, {"not open", red}, {"not applied", red},
	} {
		line = strings.ReplaceAll(line, word.text, v.paint(word.color, word.text))
	}
	return line
}
