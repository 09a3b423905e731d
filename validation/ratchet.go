package validation

import "strings"

// oldKeys reads the stored list of one format leniently: whatever it says was accepted
// once.
func oldKeys(in Input, f Format) keySet {
	var keys keySet
	if in.Old == nil {
		return keys
	}
	items := oldItems(in, f)
	reader := collectorReader{usualPort: f.UsualPort(), ipv6: in.Options.IPv6}
	keys = newKeySet(len(items))
	for index, item := range items {
		if item.Kind != String {
			continue
		}
		if !strings.Contains(item.Text, ",") {
			keys.addOnce(keyOf(item.Text, reader.read(item.Text)), index)
			continue
		}
		texts, _ := pieces(item.Text)
		for _, piece := range texts {
			keys.addOnce(keyOf(piece, reader.read(piece)), index)
		}
	}
	return keys
}

// oldItems lists the items of the stored list; a string in the list's place is one item.
func oldItems(in Input, f Format) []Value {
	collectors := in.Old.ExportNetworkFlows.Get(f.Field()).Get("collectors")
	if collectors.Kind == String {
		return []Value{collectors}
	}
	return collectors.Items
}

// stood counts how often a text is an item of the stored list.
func (r *networkReview) stood(l *list, text string) int {
	if r.in.Old == nil {
		return 0
	}
	if l.oldTexts == nil {
		l.oldTexts = make(map[string]int, MaxCollectors)
		for _, item := range oldItems(r.in, l.format) {
			if item.Kind == String {
				l.oldTexts[item.Text]++
			}
		}
	}
	return l.oldTexts[text]
}

// stoodTwice reports whether one more repetition of a text stood in the stored list too.
func (r *networkReview) stoodTwice(l *list, text string) bool {
	if r.stood(l, text) < 2 {
		return false
	}
	l.oldTexts[text]--
	return true
}

// oldExports lists the readable collectors of the stored object, for the policies.
func (r *networkReview) oldExports() []Export {
	var exports []Export
	for i := range r.lists {
		l := &r.lists[i]
		for _, k := range l.old.keys() {
			if k.key.collector.IsValid() {
				exports = append(exports, Export{Format: l.format, Collector: k.key.collector, Field: l.path(k.index)})
			}
		}
	}
	return exports
}

// newExports lists the readable collectors of the object as it will be stored.
func (r *networkReview) newExports() []Export {
	var exports []Export
	for i := range r.lists {
		l := &r.lists[i]
		for _, e := range l.entries {
			if !e.gone && len(e.reading.problems) == 0 {
				exports = append(exports, Export{Format: l.format, Collector: e.reading.collector, Field: l.path(e.index), Position: e.position})
			}
		}
	}
	return exports
}
