package validation

// destinationReader collects destinations.
type destinationReader struct {
	found []Collector
	seen  map[Collector]bool
}

func (r *destinationReader) add(c Collector) {
	if r.seen == nil {
		r.seen = map[Collector]bool{}
	}
	if !r.seen[c.Place()] {
		r.seen[c.Place()] = true
		r.found = append(r.found, c)
	}
}

// unknown adds a destination that can't be read, and of which the object says no more than v.
func (r *destinationReader) unknown(field, what string, v Value) {
	content := notRead
	if v.whole() {
		content = v.canonical()
	}
	r.add(Collector{Format: Unrecognized, Unknown: what, Content: content, Field: field, Position: v.Position})
}

// notRead is the content of a destination that was not read to its end.
const notRead = "\x00"

// describe writes a value for a message.
func describe(v Value) string {
	switch v.Kind {
	case String:
		return Quote(v.Text)
	case Number:
		return v.Text
	case Absent, Null, Bool, List, Map, LongString:
	}
	return v.Kind.String()
}
