package validation

import (
	"cmp"
	"net/netip"
	"slices"
)

// key is what makes two entries the same: the collector, or, where a text is none, the
// text.
type key struct {
	collector netip.AddrPort
	text      string
}

// keyOf returns the key of an entry.
func keyOf(text string, r reading) key {
	if len(r.problems) > 0 {
		return key{text: text}
	}
	return key{collector: r.collector}
}

// keySet maps keys to the index of their first entry. A list of usual length costs one
// allocation; a list as long as a hostile request allows stays linear.
type keySet struct {
	small []keyIndex
	large map[key]int
}

type keyIndex struct {
	key   key
	index int
}

// smallKeys is up to how many keys looking through all of them is cheapest.
const smallKeys = 2 * MaxCollectors

func newKeySet(size int) keySet {
	if size > smallKeys {
		return keySet{large: make(map[key]int, size)}
	}
	return keySet{small: make([]keyIndex, 0, size)}
}

func (s *keySet) find(k key) (index int, ok bool) {
	if s.large != nil {
		index, ok = s.large[k]
		return index, ok
	}
	for _, known := range s.small {
		if known.key == k {
			return known.index, true
		}
	}
	return 0, false
}

func (s *keySet) has(k key) bool {
	_, ok := s.find(k)
	return ok
}

// addOnce adds a key unless it is in the set.
func (s *keySet) addOnce(k key, index int) {
	if !s.has(k) {
		s.add(k, index)
	}
}

// add adds a key that is not in the set.
func (s *keySet) add(k key, index int) {
	if s.large == nil && len(s.small) < smallKeys {
		s.small = append(s.small, keyIndex{k, index})
		return
	}
	if s.large == nil {
		s.large = make(map[key]int, 2*len(s.small))
		for _, known := range s.small {
			s.large[known.key] = known.index
		}
		s.small = nil
	}
	s.large[k] = index
}

func (s *keySet) len() int { return len(s.small) + len(s.large) }

// keys lists the set in the order of the entries.
func (s *keySet) keys() []keyIndex {
	if s.large == nil {
		return s.small
	}
	keys := make([]keyIndex, 0, len(s.large))
	for k, index := range s.large {
		keys = append(keys, keyIndex{k, index})
	}
	slices.SortFunc(keys, func(a, b keyIndex) int { return cmp.Compare(a.index, b.index) })
	return keys
}
