package validation

// listReview is one review of the lists of a Network or of a FlowExport.
type listReview struct {
	findings
	in Input
	// unchanged says that the lists are those of the old object: then nothing is edited,
	// because only changes are reviewed.
	unchanged bool
	// dropped says that exportNetworkFlows itself is empty and is to be removed.
	dropped bool
	lists   [3]list
}

// entry reviews one entry and adds it to its list.
func (r *listReview) entry(l *list, e entry) {
	k := keyOf(e.text, e.reading)
	old := l.stored.keys.has(k)
	bad := len(e.reading.problems) > 0
	if bad && !old {
		r.refuseEntry(l, e, false)
		return
	}
	if first, again := l.seen.find(k); again {
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
		r.refuseEntry(l, e, true)
	case len(e.reading.notes) > 0:
		r.rewrite(l, e)
	}
	l.entries = append(l.entries, e)
}

// refuseEntry reports what is wrong with one entry.
func (r *listReview) refuseEntry(l *list, e entry, unchanged bool) {
	for _, f := range e.reading.findings(l.path(e.index), e.text, e.position) {
		r.refuse(f, unchanged)
	}
}

// rewrite reports what is put right in one entry.
func (r *listReview) rewrite(l *list, e entry) {
	canonical := collectorText(e.reading.collector)
	f := l.finding(e.reading.notes[0].rule, e, "")
	f.Suggestion = canonical
	unchanged := r.unchanged || r.rejectNonCanonical && l.stored.has(e.text)
	r.settle(f, unchanged, rewriteWording(canonical, e.reading.notes))
}
