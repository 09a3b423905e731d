package validation

import "strings"

// pieces splits a text at its commas and drops the empty pieces; more is how many there are
// besides.
func pieces(text string) (list []string, more int) {
	if what, _ := placeholder(text); what != "" {
		return []string{text}, 0 // its commas separate nothing
	}
	list = make([]string, 0, MaxCollectors)
	for piece := range strings.SplitSeq(text, ",") {
		if piece = strings.TrimSpace(piece); piece == "" {
			continue
		}
		if len(list) == maxRead {
			more++
			continue
		}
		list = append(list, piece)
	}
	return list, more
}
