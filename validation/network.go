package validation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const flowsField = "spec.exportNetworkFlows"

// networkReview is one review of a Network.
type networkReview struct {
	findings
	in Input
	// unchanged says that the lists are those of the old object: then nothing is edited,
	// because only changes are judged.
	unchanged bool
	// dropped says that exportNetworkFlows itself is empty and is to be removed.
	dropped bool
	lists   [3]list
}

// list is the list of one format while it is reviewed.
type list struct {
	format  Format
	present bool
	// dropped says that the block is empty and is to be removed.
	dropped bool
	// wrapped says that a string stands where the list belongs.
	wrapped bool
	// split says that an item held several collectors, or empty pieces.
	split    bool
	position Position
	entries  []entry
	// old holds the keys of the entries that stood there before.
	old keySet
	// seen holds the keys of the entries so far.
	seen keySet
	// oldTexts counts the texts that stood there before; it is made when first needed.
	oldTexts map[string]int
	// added counts the entries that are kept and did not stand there before.
	added int
	// more counts the entries that were not read, excess says that the list is too long.
	more   int
	excess bool
}

// entry is one collector text of a list. Entries that were joined by commas share an index.
type entry struct {
	index    int
	text     string
	reading  reading
	position Position
	// gone says that the entry is dropped as a duplicate.
	gone bool
}

// canonical is the text that is stored: the user's own if it is canonical. An entry with
// problems is stored only if it stood there before, and then as it is.
func (e entry) canonical() string {
	if len(e.reading.problems) > 0 || len(e.reading.notes) == 0 {
		return e.text
	}
	return collectorText(e.reading)
}

func collectorText(r reading) string { return collectorReader{}.text(r.collector) }

func (l *list) field() string { return flowsField + "." + l.format.Field() }

// path is the path of one entry in the user's object.
func (l *list) path(index int) string {
	if l.wrapped {
		return l.field() + ".collectors"
	}
	return l.field() + ".collectors[" + strconv.Itoa(index) + "]"
}

func reviewNetwork(in Input) Verdict {
	r := networkReview{in: in, findings: findings{limit: in.Options.MaxFindings}}
	flows := in.Object.ExportNetworkFlows
	if in.Old != nil {
		r.unchanged = flows.Equal(in.Old.ExportNetworkFlows)
	}
	for _, f := range Formats() {
		r.lists[f] = list{format: f, old: oldKeys(in, f)}
	}
	r.shape(flows)
	exports := r.exports()
	r.adviseOnLists(exports)
	v := r.verdict(r.edits(exports), exports)
	judge(in, &v, r.oldExports, r.newExports)
	return v
}

// entry reviews one entry and adds it to its list.
func (r *networkReview) entry(l *list, e entry) {
	k := keyOf(e.text, e.reading)
	old := l.old.has(k)
	bad := len(e.reading.problems) > 0
	if bad && !old {
		r.refuse(l, e)
		return
	}
	if first, twice := l.seen.find(k); twice {
		e.gone = r.duplicate(l, e, first)
	} else {
		l.seen.add(k, e.index)
		if !old {
			l.added++
		}
	}
	switch {
	case e.gone:
	case bad:
		r.tolerate(l, e)
	case len(e.reading.notes) > 0:
		r.rewrite(l, e)
	}
	l.entries = append(l.entries, e)
}

// tooMany judges the length of a list once its duplicates are gone.
func (r *networkReview) tooMany(l *list) {
	n := l.seen.len() + l.more
	if n <= MaxCollectors {
		return
	}
	l.excess = true
	f := Finding{
		Rule: RuleTooMany, Field: l.field() + ".collectors", Position: l.position,
		Message: fmt.Sprintf("has %d collectors; the Network CRD stores %d at most; remove %d", n, MaxCollectors, n-MaxCollectors),
	}
	if l.added == 0 && l.more == 0 {
		f.Message = stands + f.Message
		r.advise(f)
		return
	}
	r.reject(f)
}

// stands begins the message of a warning that would be an error, did the entry not stand
// in the old object already.
const stands = "stood there before and is kept: "

// refuse reports what is wrong with one entry.
func (r *networkReview) refuse(l *list, e entry) {
	for _, f := range problemFindings(e.reading, l.path(e.index), e.text, e.position) {
		r.reject(f)
	}
}

// tolerate reports what is wrong with an entry that stood in the old list already.
func (r *networkReview) tolerate(l *list, e entry) {
	for _, f := range problemFindings(e.reading, l.path(e.index), e.text, e.position) {
		f.Message = stands + f.Message
		r.advise(f)
	}
}

// rewrite reports what is put right in one entry.
func (r *networkReview) rewrite(l *list, e entry) {
	switch {
	case r.unchanged || r.in.Options.RejectNonCanonical && r.stood(l, e.text) > 0:
		f := notCanonical(e.reading, l.path(e.index), e.text, e.position)
		f.Message = stands + "canonical is " + strconv.Quote(f.Suggestion)
		r.advise(f)
	case r.in.Options.RejectNonCanonical:
		r.reject(notCanonical(e.reading, l.path(e.index), e.text, e.position))
	default:
		r.report(rewritten(e.reading, l.path(e.index), e.text, e.position))
	}
}

// duplicate reports an entry that stands in the list already, and returns whether it is
// removed.
func (r *networkReview) duplicate(l *list, e entry, first int) bool {
	f := Finding{Rule: RuleDuplicate, Field: l.path(e.index), Value: e.text, Position: e.position}
	before := fmt.Sprintf("collectors[%d]", first)
	switch {
	case r.unchanged || r.in.Options.RejectNonCanonical && r.stoodTwice(l, e.text):
		f.Message = stands + "the same as " + before
		r.advise(f)
		return false
	case r.in.Options.RejectNonCanonical:
		f.Message = "is the same as " + before + "; a collector gets every record once; remove it"
		r.reject(f)
		return false
	}
	f.Message = "removed: the same as " + before
	r.report(f)
	return true
}

// problemFindings turns the problems of a text into findings.
func problemFindings(r reading, field, text string, at Position) []Finding {
	var found []Finding
	for _, p := range r.problems {
		fix := p.fix
		if r.suggestion != "" {
			fix = "write " + strconv.Quote(r.suggestion)
		}
		found = append(found, Finding{
			Rule: p.rule, Field: field, Value: text, Position: at,
			Message: p.what + "; " + fix, Suggestion: r.suggestion,
		})
	}
	return found
}

func notCanonical(r reading, field, text string, at Position) Finding {
	canonical := collectorText(r)
	return Finding{
		Rule: r.notes[0].rule, Field: field, Value: text, Position: at, Suggestion: canonical,
		Message: "is not in canonical form, and rewriting is switched off; write " + strconv.Quote(canonical),
	}
}

func rewritten(r reading, field, text string, at Position) Finding {
	canonical := collectorText(r)
	return Finding{
		Rule: r.notes[0].rule, Field: field, Value: text, Position: at, Suggestion: canonical,
		Message: "stored as " + strconv.Quote(canonical) + ": " + joinNotes(r.notes),
	}
}

// joinNotes says everything that is put right, each thing once.
func joinNotes(notes []note) string {
	var what []string
	for _, n := range notes {
		if !slices.Contains(what, n.what) {
			what = append(what, n.what)
		}
	}
	return strings.Join(what, ", ")
}
