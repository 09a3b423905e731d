package webhook

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The sizes of what an answer, the audit log and the log of the webhook repeat. What is left out is
// counted.
const (
	// maxCauses bounds the causes of a status in bytes; its message repeats them. Thirty denials with a
	// usual policy take 6 kB.
	maxCauses = 16 << 10
	// maxAllowed bounds what an answer says is allowed: policies may have many rules.
	maxAllowed = 4 << 10
	// maxAnnotation bounds an annotation: each audit event has several.
	maxAnnotation = 2 << 10
	// maxError bounds the text of an error that quotes a request.
	maxError = 1 << 10
	// maxLogged bounds a text in a log line, and maxListed the texts of a list in it.
	maxLogged = 256
	maxListed = 10
)

// boundedCauses returns as many causes as fit, and says how many do not.
func boundedCauses(causes []metav1.StatusCause) []metav1.StatusCause {
	room := maxCauses
	for i, c := range causes {
		if room -= len(c.Field) + len(c.Message); room >= 0 {
			continue
		}
		note := metav1.StatusCause{
			Type: metav1.CauseTypeFieldValueInvalid, Field: c.Field,
			Message: fmt.Sprintf("and at least %d more findings and denials", len(causes)-i),
		}
		return append(causes[:i:i], note)
	}
	return causes
}

// boundedList joins texts by a separator, as many as fit into an annotation.
func boundedList(texts []string, separator string) string {
	const note = len("and 1000000 more")
	if len(texts) == 1 && len(texts[0]) <= maxAnnotation {
		return texts[0]
	}
	var b strings.Builder
	for i, text := range texts {
		if i > 0 {
			b.WriteString(separator)
		}
		if b.Len()+len(text)+len(separator)+note > maxAnnotation {
			fmt.Fprintf(&b, "and %d more", len(texts)-i)
			break
		}
		b.WriteString(text)
	}
	return b.String()
}

// cut shortens a text to some bytes, and says how long it is.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return fmt.Sprintf("%s... (%d bytes)", strings.ToValidUTF8(text[:n], ""), len(text))
}

// logged shortens a list for a log line.
func logged(texts []string) []string {
	if len(texts) <= maxListed {
		return texts
	}
	return append(texts[:maxListed:maxListed], fmt.Sprintf("and %d more", len(texts)-maxListed))
}
