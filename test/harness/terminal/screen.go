// Package terminal is a terminal for tests: a real pseudo terminal of Linux, and what a person sees on it.
package terminal

import (
	"strconv"
	"strings"
	"sync"
)

// Screen is what a terminal shows. It knows the few control sequences that the commands use, and counts what would
// make a person see it flicker or scroll.
type Screen struct {
	mu            sync.Mutex
	rows, columns int
	cells         [][]rune
	row, column   int
	// pending is the begin of a control sequence whose end was not written yet.
	pending string

	scrolled, erased, unknown int
}

// NewScreen returns an empty screen.
func NewScreen(rows, columns int) *Screen {
	s := &Screen{rows: rows, columns: columns, cells: make([][]rune, rows)}
	for i := range s.cells {
		s.cells[i] = blank(columns)
	}
	return s
}

func blank(columns int) []rune { return []rune(strings.Repeat(" ", columns)) }

// Text is what the screen shows, without blanks at the ends of its lines.
func (s *Screen) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := make([]string, s.rows)
	for i, line := range s.cells {
		lines[i] = strings.TrimRight(string(line), " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// Scrolled is how often the screen scrolled: what was written was higher than it.
func (s *Screen) Scrolled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scrolled
}

// Erased is how often the whole screen was cleared, which flickers.
func (s *Screen) Erased() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.erased
}

// Unknown is how many control sequences the screen does not know.
func (s *Screen) Unknown() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unknown
}

// Write shows a text; it never fails.
func (s *Screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := s.pending + string(text)
	s.pending = ""
	for rest != "" {
		if strings.HasPrefix(rest, "\x1b") {
			length := sequence(rest)
			if length == 0 {
				s.pending = rest
				break
			}
			s.control(rest[:length])
			rest = rest[length:]
			continue
		}
		r := []rune(rest)[0]
		if r == '\uFFFD' && len(rest) < 4 {
			s.pending = rest // a part of a character
			break
		}
		rest = rest[len(string(r)):]
		s.print(r)
	}
	return len(text), nil
}

// sequence is the length of the control sequence at the begin of a text; 0 if its end is missing.
func sequence(text string) int {
	for i := 1; i < len(text); i++ {
		if c := text[i]; i > 1 && c >= '@' && c <= '~' || i == 1 && c != '[' {
			return i + 1
		}
	}
	return 0
}

func (s *Screen) control(sequence string) {
	body, final := sequence[2:len(sequence)-1], sequence[len(sequence)-1]
	switch {
	case final == 'H' && body == "":
		s.row, s.column = 0, 0
	case final == 'K' && body == "":
		copy(s.cells[s.row][min(s.column, s.columns):], blank(s.columns))
	case final == 'J' && body == "":
		copy(s.cells[s.row][min(s.column, s.columns):], blank(s.columns))
		for i := s.row + 1; i < s.rows; i++ {
			s.cells[i] = blank(s.columns)
		}
	case final == 'J':
		s.erased++
		for i := range s.cells {
			s.cells[i] = blank(s.columns)
		}
	case final == 'm': // a color
		for n := range strings.SplitSeq(body, ";") {
			if _, err := strconv.Atoi(n); err != nil {
				s.unknown++
			}
		}
	default:
		s.unknown++
	}
}

func (s *Screen) print(r rune) {
	switch r {
	case '\r':
		s.column = 0
		return
	case '\n':
		s.feed()
		return
	}
	if s.column == s.columns { // a line that is too long goes on in the next one
		s.column = 0
		s.feed()
	}
	s.cells[s.row][s.column] = r
	s.column++
}

func (s *Screen) feed() {
	if s.row < s.rows-1 {
		s.row++
		return
	}
	s.scrolled++
	s.cells = append(s.cells[1:], blank(s.columns))
}
