package validation

import (
	"net/netip"
	"slices"
	"strconv"
)

// list is the list of one format while it is reviewed.
type list struct {
	// root is the path of the lists.
	root    string
	format  Format
	present bool
	// dropped says that the block is empty and is to be removed.
	dropped bool
	// wrapped says that the user wrote a string instead of a list.
	wrapped bool
	// split says that an item held several collectors, or empty pieces.
	split    bool
	position Position
	entries  []entry
	// stored is the list in the stored object.
	stored storedList
	// seen holds the keys of the entries so far.
	seen keySet
	// added counts the entries that are kept and are not in the stored list.
	added int
	// more counts the entries that were not read, excess says that the list is too long.
	more   int
	excess bool
}

// entry is one collector text of a list. Entries that were joined by commas share an index.
type entry struct {
	index    int
	text     string
	reading  reading
	position Position
	// gone says that the entry is dropped as a duplicate.
	gone bool
}

// stored is the entry as it is stored. One with problems is stored only if it is in the
// stored object already, and then as it is.
func (e *entry) stored() Entry {
	if len(e.reading.problems) > 0 {
		return Entry{Unreadable: e.text}
	}
	return Entry{Addr: e.reading.collector}
}

// canonical reports whether the entry's text is the one that is stored.
func (e *entry) canonical() bool { return len(e.reading.problems) > 0 || len(e.reading.notes) == 0 }

func (l *list) field() string { return l.root + "." + l.format.Field() }

// path is the path of one entry in the user's object.
func (l *list) path(index int) string {
	if l.wrapped {
		return l.field() + ".collectors"
	}
	return l.field() + ".collectors[" + strconv.Itoa(index) + "]"
}

// finding is a finding about one entry.
func (l *list) finding(rule Rule, e entry, message string) Finding {
	return Finding{Rule: rule, Field: l.path(e.index), Value: e.text, Position: e.position, Message: message}
}

// edited reports whether the stored list differs from the user's.
func (l *list) edited() bool {
	return l.wrapped || l.split ||
		slices.ContainsFunc(l.entries, func(e entry) bool { return e.gone || !e.canonical() })
}

// readable reports whether an entry is stored and says where to send records.
func (e entry) readable() bool { return !e.gone && len(e.reading.problems) == 0 }

// collectors lists the readable collectors of the lists as they will be stored.
func collectors(lists *[3]list) []Collector {
	var found []Collector
	for i := range lists {
		l := &lists[i]
		for _, e := range l.entries {
			if e.readable() {
				found = append(found, l.collector(e.reading.collector, e.index, e.position))
			}
		}
	}
	return found
}

func (l *list) collector(collector netip.AddrPort, index int, at Position) Collector {
	return Collector{Format: l.format, Addr: collector, Field: l.path(index), Position: at}
}
