package validation

import "strings"

// storedList is the list of one format in the stored object. It is read leniently: whatever
// it says was accepted once.
type storedList struct {
	items []Value
	// keys are those of the entries.
	keys keySet
	// repeats counts how often each text is an item; it is made when first needed.
	repeats map[string]int
}

func readStored(old *Object, f Format, o Options) storedList {
	if old == nil {
		return storedList{}
	}
	s := storedList{items: storedItems(old, f)}
	s.keys = newKeySet(len(s.items))
	reader := listReader(old.Resource, f, o)
	for index, item := range s.items {
		if item.Kind != String {
			continue
		}
		if !strings.Contains(item.Text, ",") {
			s.keys.addOnce(keyOf(item.Text, reader.read(item.Text)), index)
			continue
		}
		texts, _ := pieces(item.Text)
		for _, piece := range texts {
			s.keys.addOnce(keyOf(piece, reader.read(piece)), index)
		}
	}
	return s
}

// storedItems lists the items of the stored list; a string in the list's place is one item.
func storedItems(old *Object, f Format) []Value {
	collectors := old.ExportNetworkFlows.Get(f.Field()).Get("collectors")
	if collectors.Kind == String {
		return []Value{collectors}
	}
	return collectors.Items
}

// has reports whether a text is an item of the stored list.
func (s *storedList) has(text string) bool { return s.count()[text] > 0 }

// hasRepeat reports whether the stored list repeats a text more often than was taken.
func (s *storedList) hasRepeat(text string) bool { return s.count()[text] > 1 }

// takeRepeat uses up one repetition of a text.
func (s *storedList) takeRepeat(text string) {
	if s.hasRepeat(text) {
		s.repeats[text]--
	}
}

func (s *storedList) count() map[string]int {
	if s.repeats == nil && len(s.items) > 0 {
		s.repeats = make(map[string]int, MaxCollectors)
		for _, item := range s.items {
			if item.Kind == String {
				s.repeats[item.Text]++
			}
		}
	}
	return s.repeats
}

// storedCollectors lists the readable collectors of the lists in the stored object.
func storedCollectors(lists *[3]list) []Collector {
	var found []Collector
	for i := range lists {
		l := &lists[i]
		for _, k := range l.stored.keys.keys() {
			if k.key.collector.IsValid() {
				found = append(found, l.collector(k.key.collector, k.index, Position{}))
			}
		}
	}
	return found
}

// emptyLists are the three lists before they are read, with what is stored in each.
func emptyLists(r Resource, old *Object, o Options) [3]list {
	var lists [3]list
	for _, f := range Formats() {
		lists[f] = list{root: r.flowsField(), format: f, stored: readStored(old, f, o)}
	}
	return lists
}
