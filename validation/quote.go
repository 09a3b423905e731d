package validation

import (
	"fmt"
	"strconv"
)

// maxQuoted is how many characters of a value a message shows.
const maxQuoted = 60

// Quote puts a value in quotes for a message: ASCII only, so that look-alike and control
// characters show, and cut when long.
func Quote(s string) string {
	if len(s) <= maxQuoted {
		return strconv.QuoteToASCII(s)
	}
	runes := []rune(s[:min(len(s), 4*maxQuoted)])
	runes = runes[:min(len(runes), maxQuoted)]
	return strconv.QuoteToASCII(string(runes)) + "... (" + strconv.Itoa(len(s)) + " bytes)"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
