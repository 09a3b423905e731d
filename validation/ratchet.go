package validation

// oldLists are the three lists of the stored object.
type oldLists [3]list

// oldEntries reads the stored object leniently: whatever it says was accepted once.
func oldEntries(in Input) oldLists {
	var lists oldLists
	for _, f := range Formats() {
		lists[f].format = f
	}
	if in.Old == nil {
		return lists
	}
	for i := range lists {
		l := &lists[i]
		reader := collectorReader{usualPort: l.format.UsualPort(), ipv6: in.Options.IPv6}
		items := in.Old.ExportNetworkFlows.Get(l.format.Field()).Get("collectors").Items
		l.entries = make([]entry, 0, len(items))
		for index, item := range items {
			if item.Kind == String {
				l.entries = append(l.entries, entry{index: index, text: item.Text, reading: reader.read(item.Text)})
			}
		}
	}
	return lists
}

// keys tells which collectors stand in the list.
func (l *list) keys() map[string]bool {
	if len(l.entries) == 0 {
		return nil
	}
	keys := make(map[string]bool, len(l.entries))
	for _, e := range l.entries {
		keys[e.key()] = true
	}
	return keys
}

func (o *oldLists) exports() []Export {
	var exports []Export
	for i := range o {
		exports = append(exports, o[i].exports()...)
	}
	return exports
}

// exports lists the readable collectors of one list.
func (l *list) exports() []Export {
	var exports []Export
	for _, e := range l.entries {
		if !e.gone && len(e.reading.problems) == 0 {
			exports = append(exports, Export{Format: l.format, Collector: e.reading.collector, Field: l.path(e.index), Position: e.position})
		}
	}
	return exports
}
