package agent

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sluice/applier/ovs"
)

// The API server accepts no message of a condition longer than 32,768 bytes, and would store nothing of
// the report. People read a few hundred.
const (
	// maxMessage bounds a message in bytes.
	maxMessage = 1024
	// maxList bounds a list in a message, so that there is room for what follows it.
	maxList = 800
	// maxTargets bounds how many targets of a row are reported that is not as desired: another program
	// may have written any number.
	maxTargets = 20
	// maxValue bounds each of its targets and values in bytes.
	maxValue = 256
)

// bounded cuts a message that is too long.
func bounded(message string) string { return cut(message, maxMessage) }

// cut cuts a text that is longer than some bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const ending = "… (cut)"
	end := most - len(ending)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ending
}

// listed joins items, and counts those for which there is no room.
func listed(items []string, separator string) string {
	var b strings.Builder
	for i, item := range items {
		if i > 0 && b.Len()+len(separator)+len(item) > maxList {
			return fmt.Sprintf("%s%sand %d more", b.String(), separator, len(items)-i)
		}
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(item)
	}
	return b.String()
}

// few returns an exporter with at most maxTargets targets, and values of at most maxValue bytes, and how
// many targets it leaves out.
func few(e ovs.Exporter) (shown ovs.Exporter, omitted int) {
	all := e.CanonicalTargets()
	shown = ovs.Exporter{Format: e.Format, Settings: ovs.Settings{}}
	for _, t := range all[:min(len(all), maxTargets)] {
		shown.Targets = append(shown.Targets, cut(t, maxValue))
	}
	for c, v := range e.Settings {
		shown.Settings[c] = cut(v, maxValue)
	}
	shown.Targets = shown.CanonicalTargets() // long ones may be the same now
	return shown, len(all) - len(shown.Targets)
}

// described is an exporter in one line of a message.
func described(e ovs.Exporter) string {
	const enough = 5
	targets := e.CanonicalTargets()
	if len(targets) <= enough {
		return e.String()
	}
	e.Targets = targets[:enough]
	return fmt.Sprintf("%s and %d more targets", e.String(), len(targets)-enough)
}
