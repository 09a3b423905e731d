package validation

import (
	"fmt"
	"strings"
)

// shape reads the JSON shape of spec.exportNetworkFlows into the three lists.
func (r *listReview) shape(flows Value) {
	switch flows.Kind {
	case Absent:
	case Null:
		if !r.in.Object.MergePatch {
			r.dropped = r.empty(r.in.Object.Resource.flowsField(), flows, "null")
		}
	case Map:
		if len(flows.Members) == 0 {
			r.dropped = r.empty(r.in.Object.Resource.flowsField(), flows, "empty")
		}
		r.members(flows)
	default:
		r.wrongType(r.in.Object.Resource.flowsField(), flows, Map, fmt.Sprintf("write an object with %s", fieldNames(r.in.Object.Resource.formats())))
	}
}

// members reads the formats of exportNetworkFlows in the user's order.
func (r *listReview) members(flows Value) {
	again := repeats(flows.Members)
	for i, m := range flows.Members {
		f, known := r.in.Object.Resource.formatOf(m.Key)
		switch {
		case !known:
			r.unknownField(r.in.Object.Resource.flowsField(), m, fieldNames(r.in.Object.Resource.formats()), formatMeant(m.Key, r.in.Object.Resource.formats()))
		case again(i):
			r.reject(duplicateField(r.in.Object.Resource.flowsField(), m))
		default:
			r.format(&r.lists[f], m.Value)
		}
	}
}

// format reads the block of one format.
func (r *listReview) format(l *list, block Value) {
	l.present, l.position = true, block.Position
	switch block.Kind {
	case Null:
		if !r.in.Object.MergePatch {
			l.dropped = r.empty(l.field(), block, "null")
		}
	case Map:
		r.block(l, block)
	default:
		r.wrongType(l.field(), block, Map, `write an object with the list "collectors"`)
	}
}

func (r *listReview) block(l *list, block Value) {
	seen := false
	for _, m := range block.Members {
		switch {
		case m.Key != "collectors":
			meant := ""
			if Misspells(m.Key, "collectors") {
				meant = "collectors"
			}
			r.unknownField(l.field(), m, `"collectors"`, meant)
		case seen:
			r.reject(duplicateField(l.field(), m))
		default:
			seen = true
			l.position = m.Position
			r.collectors(l, m.Value)
		}
	}
	if len(block.Members) == 0 {
		l.dropped = r.empty(l.field(), block, "empty")
	}
}

func (r *listReview) collectors(l *list, v Value) {
	switch v.Kind {
	case Null:
		if !r.in.Object.MergePatch {
			l.dropped = r.empty(l.field()+".collectors", v, "null")
		}
	case List:
		if len(v.Items) == 0 {
			l.dropped = r.empty(l.field()+".collectors", v, "empty")
		}
		l.entries = make([]entry, 0, len(v.Items))
		l.seen = newKeySet(len(v.Items))
		for i, item := range v.Items {
			r.item(l, i, item)
		}
		l.more += v.More
		r.tooMany(l)
	case String:
		l.wrapped = true
		r.wrapped(l.field()+".collectors", v)
		r.item(l, 0, v)
		r.tooMany(l)
	default:
		r.wrongType(l.field()+".collectors", v, List, "write a list of ADDRESS:PORT")
	}
}

// item reads one list item, which may be several collectors joined by commas.
func (r *listReview) item(l *list, index int, v Value) {
	if v.Kind != String {
		r.wrongType(l.path(index), v, String, "write ADDRESS:PORT in quotes")
		return
	}
	reader := listReader(r.in.Object.Resource, l.format, r.in.Options)
	if !strings.Contains(v.Text, ",") {
		r.entry(l, entry{index: index, text: v.Text, reading: reader.read(v.Text), position: v.Position})
		return
	}
	l.split = true
	entries := make([]entry, 0, MaxCollectors)
	texts, more := pieces(v.Text)
	l.more += more
	for _, piece := range texts {
		entries = append(entries, entry{index: index, text: piece, reading: reader.read(piece), position: v.Position})
	}
	if !r.joined(l, index, v, entries) {
		return
	}
	for _, e := range entries {
		r.entry(l, e)
	}
}
