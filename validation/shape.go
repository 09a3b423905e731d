package validation

import (
	"fmt"
	"slices"
	"strings"
)

// shape reads the JSON shape of spec.exportNetworkFlows into the three lists.
func (r *networkReview) shape(flows Value) {
	for _, f := range Formats() {
		r.lists[f].format = f
	}
	switch flows.Kind {
	case Absent:
	case Null:
		if !r.in.Object.MergePatch {
			r.dropped = r.empty(flowsField, flows, "null")
		}
	case Map:
		if len(flows.Members) == 0 {
			r.dropped = r.empty(flowsField, flows, "empty")
		}
		r.members(flows)
	default:
		r.wrongType(flowsField, flows, Map, fmt.Sprintf("write an object with %s", fieldNames()))
	}
}

// members reads the formats of exportNetworkFlows in the user's order.
func (r *networkReview) members(flows Value) {
	again := repeats(flows.Members)
	for i, m := range flows.Members {
		f, known := formatOf(m.Key)
		switch {
		case !known:
			r.unknownField(flowsField, m, fieldNames(), formatMeant(m.Key))
		case again(i):
			r.duplicateField(flowsField, m)
		default:
			r.format(&r.lists[f], m.Value)
		}
	}
}

// repeats tells for each member whether its key stands before it as well. It allocates
// nothing for the usual two or three members, and stays linear for any number of them.
func repeats(members []Member) func(i int) bool {
	if len(members) <= smallKeys {
		return func(i int) bool {
			return slices.ContainsFunc(members[:i], func(m Member) bool { return m.Key == members[i].Key })
		}
	}
	first := make(map[string]int, len(members))
	for i, m := range members {
		if _, twice := first[m.Key]; !twice {
			first[m.Key] = i
		}
	}
	return func(i int) bool { return first[members[i].Key] < i }
}

// fieldPath is the path of a key that any user may have chosen.
func fieldPath(parent, key string) string {
	plain := key != "" && len(key) <= maxQuoted && !strings.ContainsFunc(key, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.'
	})
	if plain {
		return parent + "." + key
	}
	return parent + "[" + Quote(key) + "]"
}

// format reads the block of one format.
func (r *networkReview) format(l *list, block Value) {
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

func (r *networkReview) block(l *list, block Value) {
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
			r.duplicateField(l.field(), m)
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

func (r *networkReview) collectors(l *list, v Value) {
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
func (r *networkReview) item(l *list, index int, v Value) {
	if v.Kind != String {
		r.wrongType(l.path(index), v, String, "write ADDRESS:PORT in quotes")
		return
	}
	reader := collectorReader{usualPort: l.format.UsualPort(), ipv6: r.in.Options.IPv6}
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

// pieces splits a text at its commas and drops the empty pieces; more is how many there are
// beside.
func pieces(text string) (list []string, more int) {
	list = make([]string, 0, MaxCollectors)
	for piece := range strings.SplitSeq(text, ",") {
		if piece = strings.TrimSpace(piece); piece == "" {
			continue
		}
		if len(list) == maxRead {
			more++
			continue
		}
		list = append(list, piece)
	}
	return list, more
}

// shownTexts is how many collectors a warning lists.
const shownTexts = 3

// joined reports a text that holds several collectors, or none, and returns whether its
// pieces are to be reviewed one by one.
func (r *networkReview) joined(l *list, index int, v Value, pieces []entry) bool {
	f := Finding{Rule: RuleJoined, Field: l.path(index), Value: v.Text, Position: v.Position}
	if len(pieces) == 0 {
		f.Rule = RuleEmptyCollector
		f.Message = "has only commas; a collector is an address and a port; remove the entry or write ADDRESS:PORT"
		r.reject(f)
		return false
	}
	texts := make([]string, len(pieces))
	for i, p := range pieces {
		if len(p.reading.problems) > 0 {
			return true // the errors of the pieces say enough
		}
		texts[i] = Quote(collectorText(p.reading))
	}
	if r.unchanged {
		f.Message = stands + count(len(pieces), "collector") + " joined by commas"
		r.advise(f)
		return true
	}
	if r.in.Options.RejectNonCanonical {
		f.Message = "holds " + count(len(pieces), "collector") + " joined by commas; write an entry for each: " + strings.Join(texts, ", ")
		r.reject(f)
		return false
	}
	switch n := len(texts); {
	case n == 1:
		f.Message = "stored as " + texts[0] + ": empty pieces removed"
	case n > shownTexts:
		f.Message = fmt.Sprintf("stored as %s and %d more: one collector an entry", strings.Join(texts[:shownTexts], ", "), n-shownTexts)
	default:
		f.Message = "stored as " + strings.Join(texts, ", ") + ": one collector an entry"
	}
	r.report(f)
	return true
}

// wrapped reports a string where the list belongs.
func (r *networkReview) wrapped(field string, v Value) {
	f := Finding{Rule: RuleStringForList, Field: field, Value: v.Text, Position: v.Position}
	if r.unchanged {
		f.Message = stands + "a string where a list belongs"
		r.advise(f)
		return
	}
	if r.in.Options.RejectNonCanonical {
		f.Message = `is a string where a list belongs; write a list of ADDRESS:PORT`
		r.reject(f)
		return
	}
	f.Message = "stored as a list: a string stands where the list belongs"
	r.report(f)
}

// empty reports a block that says nothing, and returns whether it is to be dropped.
func (r *networkReview) empty(field string, v Value, how string) bool {
	f := Finding{Rule: RuleEmptyList, Field: field, Position: v.Position}
	switch {
	case r.unchanged:
		f.Message = stands + how + ", nothing is exported from here"
		r.advise(f)
		return false
	case r.in.Object.MergePatch && v.Kind == Map:
		f.Rule = RulePatchNoEffect
		f.Message = "an empty block in a merge patch changes nothing; to switch export off, write null"
		r.advise(f)
		return false
	case r.in.Options.RejectNonCanonical && v.Kind == Map: // the CRD stores it, and it is how a GitOps tool leaves a list that it emptied
		f.Message = "is empty, and nothing to export means off; the field may go"
		r.advise(f)
		return false
	case r.in.Options.RejectNonCanonical:
		f.Message = "is " + how + "; an empty block exports nothing; remove the field"
		if r.in.Object.MergePatch {
			f.Message = "is " + how + "; an empty list exports nothing; to switch export off, write null"
		}
		r.reject(f)
		return false
	case r.in.Object.MergePatch: // dropping it from the patch would keep what is stored
		f.Message = "is " + how + ", which means off once the patch is applied; write null instead"
		r.advise(f)
		return false
	}
	f.Message = "removed: it is " + how + ", and nothing to export means off"
	r.report(f)
	return true
}

func (r *networkReview) wrongType(field string, v Value, want Kind, fix string) {
	f := Finding{
		Rule: RuleWrongType, Field: field, Position: v.Position,
		Message: fmt.Sprintf("is %s where %s belongs; %s", v.what(), want, fix),
	}
	if r.unchanged {
		f.Message = stands + f.Message
		r.advise(f)
		return
	}
	r.reject(f)
}

func (r *networkReview) duplicateField(parent string, m Member) {
	r.reject(Finding{
		Rule: RuleDuplicateField, Field: fieldPath(parent, m.Key), Position: m.Position,
		Message: "stands twice; one of the two would be lost; keep one",
	})
}

// unknownField refuses a key that the API server would drop in silence. The webhook never
// sees such keys; the command line does.
func (r *networkReview) unknownField(parent string, m Member, allowed, meant string) {
	message := "is not a field; the API server drops it, and nothing is exported from it; "
	if meant != "" {
		message += fmt.Sprintf("write %q", meant)
	} else {
		message += "allowed here: " + allowed
	}
	r.reject(Finding{Rule: RuleUnknownField, Field: fieldPath(parent, m.Key), Position: m.Position, Message: message})
}

func fieldNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, `"`+f.Field()+`"`)
	}
	return strings.Join(names, ", ")
}

func formatMeant(key string) string {
	for _, f := range Formats() {
		if Misspells(key, f.Field()) {
			return f.Field()
		}
	}
	return ""
}
