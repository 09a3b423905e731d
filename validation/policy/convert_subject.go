package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest name of a subject, in characters, that the CRD stores.
const maxName = 253

// subjectName checks the name of a user or group. One that the API server never gives to a
// user would make the policy apply to no user, so that a deny rule has no effect.
func (c *converter) subjectName(field, name string) {
	switch n := utf8.RuneCountInString(name); {
	case n > maxName:
		c.fail(field, "has %d characters; at most %d are allowed", n, maxName)
	case name == "*":
		c.fail(field, `there are no wildcards, and no user or group has the name "*"; for everyone omit subjects, for every authenticated user write kind: Group, name: system:authenticated`)
	case strings.ContainsFunc(name, invisible) || blankAtEnd(name):
		c.fail(field, "%q begins or ends with white space, or has a control or invisible character, so that it would match no user; write the name as kubectl auth whoami prints it", name)
	}
}

// invisible finds the characters that a name never has: control characters, format characters
// such as U+200B, and the separators of lines and paragraphs.
func invisible(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

// blankAtEnd finds a space of any kind, such as U+00A0, at an end of the name.
func blankAtEnd(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	last, _ := utf8.DecodeLastRuneInString(name)
	return unicode.Is(unicode.Z, first) || unicode.Is(unicode.Z, last)
}
