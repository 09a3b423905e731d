package validation

import (
	"cmp"
	"net/netip"
	"slices"
)

// key is what makes two entries the same: the collector or, for a text that is not one, the
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

// smallKeys is up to how many keys looking through all of them is cheapest.
const smallKeys = MaxCollectors

// keySet maps keys to the index of their first entry. A list of usual length is kept in
// place; a list as long as a hostile request allows stays linear.
type keySet struct {
	small [smallKeys]keyIndex
	used  int // of small
	large map[key]int
}

type keyIndex struct {
	key   key
	index int
}

func newKeySet(size int) keySet {
	if size > smallKeys {
		return keySet{large: make(map[key]int, size)}
	}
	return keySet{}
}

func (s *keySet) find(k key) (index int, ok bool) {
	if s.large != nil {
		index, ok = s.large[k]
		return index, ok
	}
	for i := range s.used {
		if s.small[i].key == k {
			return s.small[i].index, true
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
	if s.large == nil && s.used < len(s.small) {
		s.small[s.used] = keyIndex{k, index}
		s.used++
		return
	}
	if s.large == nil {
		s.large = make(map[key]int, 2*s.used)
		for _, known := range s.small[:s.used] {
			s.large[known.key] = known.index
		}
		s.used = 0
	}
	s.large[k] = index
}

func (s *keySet) len() int { return s.used + len(s.large) }

// keys lists the set in the order of the entries.
func (s *keySet) keys() []keyIndex {
	if s.large == nil {
		return s.small[:s.used]
	}
	keys := make([]keyIndex, 0, len(s.large))
	for k, index := range s.large {
		keys = append(keys, keyIndex{k, index})
	}
	slices.SortFunc(keys, func(a, b keyIndex) int { return cmp.Compare(a.index, b.index) })
	return keys
}
