package main

import "regexp"

// word is a pattern of a word that is hard to read, and what to write instead.
type word struct {
	pattern *regexp.Regexp
	instead string
}

// words is the list. Messages and documentation of Kubernetes do not use these words in this sense.
func words() []word {
	list := []struct{ pattern, instead string }{
		{`anew`, "again, or: from scratch"},
		{`mend(s|ed|ing)?`, "fix"},
		{`stands?|stood`, "is, exists, remains, or: means"},
		{`beside`, "next to, or: in addition to"},
		{`hinders?|hindered`, "prevents, or: blocks"},
		{`nobody|somebody`, "no user, another user, another writer: say who"},
		{`whoever|whomever`, "anyone who, or: users who"},
		{`for ever`, "forever, or: until it is removed"},
		{`(who|that|which|what|it|they|input) (is|are) none`, "is not a ..., or: does not exist"},
		{`but for`, "except"},
		{`by no way`, "not in any way"},
		{`who(m)? (does|keeps|wants) [a-z ]+ must`, "to do ..., users must"},
		{`break(s)? the glass`, "break glass, or: bypass in an emergency"},
		{`lest`, "so that ... does not"},
		{`thereof|therein|hereby|whence|thence`, "plain words"},
	}
	found := make([]word, len(list))
	for i, w := range list {
		found[i] = word{regexp.MustCompile(`(?i)\b(` + w.pattern + `)\b`), w.instead}
	}
	// A sentence that starts with "Who" and is not a question: a relative clause without a noun.
	return append(found, word{regexp.MustCompile(`(^|[.;:!] )Who (?:is|are|has|had|may|can|does|wants|keeps|allowed|needs|reads|runs|takes|asks|writes)\b[^?]*$`), "Users who ..., or: A user who ..."})
}
