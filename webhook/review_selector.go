package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// chunkSize is how much of a body is read at a time.
const chunkSize = 4 << 10

// errTooLarge says that the parts of a review that a verdict depends on are too large. It was not
// read to the end, so it must not be evaluated.
var errTooLarge = fmt.Errorf("the fields that Sluice evaluates hold more than %d bytes", maxKept)

var errTextAfter = errors.New("there is text after the value")

// selector reads a review as it arrives, and keeps the parts that a verdict depends on, so that
// the memory for a review does not depend on its size. It compares brackets and quotes only: the decoder
// checks the syntax of what is kept.
type selector struct {
	from  io.Reader
	chunk [chunkSize]byte
	next  int // in the chunk
	end   int
	read  int64 // bytes so far
	err   error // of from, or of kept
	kept  *body
	// sequence is an escape sequence in a string.
	sequence [len(`\u0000`)]byte
	// wholeSpec says that the review may be one of a FlowExportProfile or FlowExport, whose whole spec is read.
	wholeSpec bool
	// problem says why the review was not read to the end.
	problem error
}

// start prepares for another review.
func (s *selector) start(from io.Reader, kept *body) {
	s.from, s.kept, s.err, s.problem = from, kept, nil, nil
	s.next, s.end, s.read, s.wholeSpec = 0, 0, 0, false
}

// run reads one review. A problem of its content is left in s.problem, and the rest is read nevertheless, because
// a client that is still sending may miss the answer. An error means that not all could be read.
func (s *selector) run() error {
	if s.value(theReview) {
		if _, ok := s.token(); ok {
			s.fault(errTextAfter)
		}
	}
	for s.err == nil {
		s.next = s.end
		s.fill()
	}
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// fill reads the next chunk, after the last one is used up.
func (s *selector) fill() bool {
	for s.next == s.end && s.err == nil {
		var n int
		n, s.err = s.from.Read(s.chunk[:])
		s.next, s.end, s.read = 0, n, s.read+int64(n)
		if s.read > maxBody {
			s.next, s.end, s.err = 0, 0, tooLarge()
		}
	}
	return s.next < s.end
}

// token skips white space, and returns the next byte without using it up.
func (s *selector) token() (byte, bool) {
	for s.next < s.end || s.fill() {
		switch c := s.chunk[s.next]; c {
		case ' ', '\t', '\r', '\n':
			s.next++
		default:
			return c, true
		}
	}
	return 0, false
}

// fault ends the reading with a problem.
func (s *selector) fault(problem error) bool {
	if s.problem == nil {
		s.problem = problem
	}
	return false
}

// keep adds text to what is kept.
func (s *selector) keep(text []byte) bool {
	if s.kept.Len()+len(text) > maxKept {
		return s.fault(errTooLarge)
	}
	if s.kept.Available() < len(text) {
		if err := s.kept.grow(len(text)); err != nil {
			s.err = err
			return false
		}
	}
	s.kept.Write(text)
	return true
}

// accept uses up the next byte and keeps it.
func (s *selector) accept() bool {
	s.next++
	return s.keep(s.chunk[s.next-1 : s.next])
}

// value reads the next value. Like the other functions, it returns false if reading has ended.
func (s *selector) value(p part) bool {
	c, ok := s.token()
	switch {
	case !ok:
		return false
	case p == skipped:
		return s.pass(c, false)
	case p == whole, p == theKind:
		return s.pass(c, true)
	case c == '{' && p != typeOnly:
		return s.object(p)
	case c == '{', c == '[':
		return s.keep([]byte{c}) && s.pass(c, false) && s.keep([]byte{c + 2}) // the closing bracket
	case c == '"' && p == typeOnly:
		return s.keep([]byte(`""`)) && s.text(false)
	default:
		return s.pass(c, true)
	}
}

// object reads an object of which some members are kept.
func (s *selector) object(p part) bool {
	s.accept()
	for first := true; ; first = false {
		c, ok := s.token()
		switch {
		case !ok:
			return false
		case c == '}' && first:
			return s.accept()
		case c != '"':
			return s.unexpected(c)
		case !s.member(p):
			return false
		}
		switch c, ok = s.token(); {
		case !ok:
			return false
		case c == '}':
			return s.accept()
		case c != ',':
			return s.unexpected(c)
		}
		s.next++
	}
}

// member reads a key and its value. The key is kept until it is known that its value is not.
func (s *selector) member(p part) bool {
	start := s.kept.Len()
	if s.kept.Bytes()[start-1] != '{' && !s.keep([]byte{','}) {
		return false
	}
	quote := s.kept.Len()
	if !s.text(true) {
		return false
	}
	inner := p.member(s.kept.Bytes()[quote+1 : s.kept.Len()-1])
	if s.wholeSpec && (inner == newSpec || inner == oldSpec) {
		inner = whole
	}
	if inner == skipped {
		s.kept.Truncate(start)
	}
	c, ok := s.token()
	if !ok {
		return false
	}
	if c != ':' {
		return s.unexpected(c)
	}
	s.next++
	if inner != skipped && !s.keep([]byte{':'}) {
		return false
	}
	content := s.kept.Len()
	if !s.value(inner) {
		return false
	}
	if inner == theKind {
		s.wholeSpec = needsSpec(s.kept.Bytes()[content:])
	}
	return true
}

// needsSpec reports whether the kind of a request may be FlowExportProfile or FlowExport. Escape sequences may spell
// anything.
func needsSpec(kind []byte) bool {
	return bytes.Contains(kind, []byte(exportKind)) || bytes.IndexByte(kind, '\\') >= 0
}

func (s *selector) unexpected(c byte) bool {
	return s.fault(fmt.Errorf("invalid character %q", c))
}

// pass reads a value that is kept as it is, or not at all. c is its first byte.
func (s *selector) pass(c byte, kept bool) bool {
	switch c {
	case '"':
		return s.text(kept)
	case '{', '[':
		if kept {
			return s.keepBrackets()
		}
		return s.skipBrackets()
	case '}', ']', ',', ':':
		return s.unexpected(c)
	}
	for {
		start := s.next
		for s.next < s.end && !isEnd(s.chunk[s.next]) {
			s.next++
		}
		if kept && !s.keep(s.chunk[start:s.next]) {
			return false
		}
		if s.next < s.end {
			return true
		}
		if !s.fill() {
			return true // a literal may end with the text
		}
	}
}

// isEnd reports whether a byte ends a literal.
func isEnd(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ':', ']', '}', '[', '{', '"':
		return true
	}
	return false
}

// keepBrackets reads and keeps an object or a list.
func (s *selector) keepBrackets() bool {
	for depth := 0; s.next < s.end || s.fill(); {
		start := s.next
		c := s.plain()
		if !s.keep(s.chunk[start:s.next]) {
			return false
		}
		switch c {
		case 0:
			continue
		case '"':
			if !s.text(true) {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if !s.accept() {
			return false
		}
		if depth == 0 {
			return true
		}
	}
	return false
}

// plain goes to the next quote or bracket of the chunk, and returns it; 0 at the end.
func (s *selector) plain() byte {
	for ; s.next < s.end; s.next++ {
		switch c := s.chunk[s.next]; c {
		case '"', '{', '[', '}', ']':
			return c
		}
	}
	return 0
}

// skipBrackets reads an object or a list that is not kept.
func (s *selector) skipBrackets() bool {
	for depth := 0; s.next < s.end || s.fill(); {
		s.next++
		switch s.chunk[s.next-1] {
		case '"':
			if !s.skipText() {
				return false
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return true
			}
		}
	}
	return false
}
