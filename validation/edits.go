package validation

// exports puts the canonical lists together.
func (r *networkReview) exports() Exports {
	var exports Exports
	for i := range r.lists {
		l := &r.lists[i]
		if len(l.entries) == 0 {
			continue
		}
		texts := make([]string, 0, len(l.entries))
		for _, e := range l.entries {
			if !e.gone {
				texts = append(texts, e.canonical())
			}
		}
		exports.set(l.format, texts)
	}
	return exports
}

// edits lists what turns the user's object into exports. There are none for a canonical
// object, so that it passes byte for byte.
func (r *networkReview) edits(exports Exports) []Edit {
	if r.unchanged || r.in.Options.RejectNonCanonical || len(r.errors) > 0 {
		return nil
	}
	const root = "/spec/exportNetworkFlows"
	anyDropped := r.dropped
	for _, l := range r.lists {
		anyDropped = anyDropped || l.dropped
	}
	if anyDropped && exports == (Exports{}) && !r.in.Object.MergePatch {
		return []Edit{{Pointer: root, Remove: true}}
	}
	var edits []Edit
	for i := range r.lists {
		l := &r.lists[i]
		switch {
		case l.dropped:
			edits = append(edits, Edit{Pointer: root + "/" + l.format.Field(), Remove: true})
		case l.edited():
			edits = append(edits, l.replacement(root+"/"+l.format.Field()+"/collectors", exports.Of(l.format)))
		}
	}
	return edits
}

func (l *list) replacement(pointer string, texts []string) Edit {
	edit := Edit{Pointer: pointer, List: texts}
	for _, e := range l.entries {
		if !e.gone {
			edit.From = append(edit.From, e.index)
		}
	}
	return edit
}
