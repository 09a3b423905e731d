package validation

import "strings"

// flows puts the canonical lists together.
func (r *listReview) flows() Flows {
	var flows Flows
	for i := range r.lists {
		l := &r.lists[i]
		if len(l.entries) == 0 {
			continue
		}
		list := make([]Entry, 0, len(l.entries))
		for i := range l.entries {
			if e := &l.entries[i]; !e.gone {
				list = append(list, e.stored())
			}
		}
		flows.set(l.format, list)
	}
	return flows
}

// edits lists what turns the user's object into flows. A canonical object needs no
// edits, so that it passes byte for byte.
func (r *listReview) edits(flows Flows) []Edit {
	if r.unchanged || r.in.Options.RejectNonCanonical || len(r.errors) > 0 {
		return nil
	}
	root := "/" + strings.ReplaceAll(r.in.Object.Resource.flowsField(), ".", "/")
	anyDropped := r.dropped
	for _, l := range r.lists {
		anyDropped = anyDropped || l.dropped
	}
	if anyDropped && flows.IsEmpty() && !r.in.Object.MergePatch {
		return []Edit{{Pointer: root, Remove: true}}
	}
	var edits []Edit
	for i := range r.lists {
		l := &r.lists[i]
		switch {
		case l.dropped:
			edits = append(edits, Edit{Pointer: root + "/" + l.format.Field(), Remove: true})
		case l.edited():
			edits = append(edits, l.replacement(root+"/"+l.format.Field()+"/collectors", flows.Of(l.format)))
		}
	}
	return edits
}

func (l *list) replacement(pointer string, entries []Entry) Edit {
	edit := Edit{Pointer: pointer, List: entries}
	for _, e := range l.entries {
		if !e.gone {
			edit.From = append(edit.From, e.index)
		}
	}
	return edit
}
