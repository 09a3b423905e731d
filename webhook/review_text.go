package webhook

import (
	"bytes"
	"unicode/utf8"

	"sluice/validation"
)

// maxTextKept is how many bytes are kept of a string: too many for the decoder to read it, so that it reports the
// string and takes the beginning for nothing else.
const maxTextKept = validation.MaxText + 8

// text reads a string.
func (s *selector) text(kept bool) bool {
	if !kept {
		s.next++
		return s.skipText()
	}
	if !s.accept() {
		return false
	}
	room := maxTextKept
	for s.next < s.end || s.fill() {
		start := s.next
		for s.next < s.end && s.chunk[s.next] != '"' && s.chunk[s.next] != '\\' {
			s.next++
		}
		run := s.chunk[start:s.next]
		if cut := atRune(run, max(room, 0)); cut < len(run) {
			return s.keep(run[:cut]) && s.skipText() && s.keep([]byte{'"'})
		}
		if room -= len(run); !s.keep(run) {
			return false
		}
		switch {
		case s.next == s.end:
			continue
		case s.chunk[s.next] == '"':
			return s.accept()
		case room <= 0:
			return s.skipText() && s.keep([]byte{'"'})
		}
		n := s.escapes()
		if n == 0 {
			return false
		}
		room -= n
	}
	return false
}

// atRune is the first end of a character in text at or after n bytes. text may begin within a character.
func atRune(text []byte, n int) int {
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n++
	}
	return n
}

// escapes keeps an escape sequence, and another one that belongs to it: a character beyond 16 bits takes
// two. It returns the number of bytes; 0 if reading has ended.
func (s *selector) escapes() (n int) {
	for {
		sequence, ok := s.escape()
		if !ok || !s.keep(sequence) {
			return 0
		}
		n += len(sequence)
		if !isHighSurrogate(sequence) {
			return n
		}
		if s.next == s.end && !s.fill() {
			return 0
		}
		if s.chunk[s.next] != '\\' {
			return n
		}
	}
}

// escape reads one escape sequence.
func (s *selector) escape() ([]byte, bool) {
	sequence := s.sequence[:0]
	for want := 2; len(sequence) < want; s.next++ {
		if s.next == s.end && !s.fill() {
			return nil, false
		}
		c := s.chunk[s.next]
		if len(sequence) == 1 && c == 'u' {
			want = cap(sequence)
		}
		if len(sequence) > 1 && c == '"' {
			break // not an escape sequence, as the decoder will find
		}
		sequence = append(sequence, c)
	}
	return sequence, true
}

// isHighSurrogate reports whether an escape sequence is the first of two: \uD800 to \uDBFF.
func isHighSurrogate(sequence []byte) bool {
	return len(sequence) == 6 && sequence[2]|0x20 == 'd' && bytes.IndexByte([]byte("89abAB"), sequence[3]) >= 0
}

// skipText goes to the end of a string that has begun.
func (s *selector) skipText() bool {
	for s.next < s.end || s.fill() {
		rest := s.chunk[s.next:s.end]
		i := bytes.IndexByte(rest, '"')
		if i < 0 {
			i = len(rest)
		}
		if bytes.IndexByte(rest[:i], '\\') < 0 {
			if s.next += i; s.next < s.end {
				s.next++
				return true
			}
			continue
		}
		if s.skipEscaped() {
			return true
		}
	}
	return false
}

// skipEscaped does the same within a chunk, where escape sequences may contain quotes. It returns whether the end
// was found.
func (s *selector) skipEscaped() bool {
	for s.next < s.end {
		switch s.chunk[s.next] {
		case '"':
			s.next++
			return true
		case '\\':
			if s.next++; s.next == s.end && !s.fill() {
				return false
			}
		}
		s.next++
	}
	return false
}
