package splitter

import (
	"maps"
	"time"
)

// Port is an interface of Open vSwitch.
type Port struct {
	// Row identifies the row in OVSDB.
	Row string
	// Name and Index are those of the interface in the kernel. Index is 0 if it has none, or if it is not
	// known yet.
	Name  string
	Index uint32
	// Owner is the zero Pod if it is not a pod's.
	Owner Pod
}

const (
	// margin is how far a flow must be from a change of the interface's owner: what is heard of a
	// change comes late.
	margin = 2 * time.Second
	// DefaultLifetime is how long a flow may be in Open vSwitch's cache: the most that its
	// cache_active_timeout can be.
	DefaultLifetime = 4200 * time.Second
	// maxPast bounds the former ports that are remembered.
	maxPast = 4096
)

// ports says which namespace an interface belongs to, and to which it belonged while flows that are
// reported now may have been observed.
type ports struct {
	byName map[string][]*tenure
	byRow  map[string]*tenure
	// past are the tenures that ended, the oldest first.
	past []*tenure
	// strict is until when the past is not known completely: at the start, and after there was too much of
	// it.
	strict time.Time
	begun  bool
}

// tenure is the time in which an interface has one owner.
type tenure struct {
	Port
	// since and until are when it was heard of; until is zero if it goes on.
	since, until time.Time
}

// update takes in the interfaces that there are.
func (p *ports) update(now time.Time, lifetime time.Duration, present []Port) {
	if !p.begun {
		p.begun, p.byName, p.byRow = true, map[string][]*tenure{}, map[string]*tenure{}
		p.strict = now.Add(lifetime)
	}
	gone := maps.Clone(p.byRow)
	for _, port := range present {
		old := p.byRow[port.Row]
		if old.becomes(port) {
			old.Index, old.Owner = port.Index, port.Owner
			delete(gone, port.Row)
			continue
		}
		if old != nil {
			p.end(old, now)
			delete(gone, port.Row)
		}
		t := &tenure{Port: port, since: now}
		p.byRow[port.Row] = t
		p.byName[port.Name] = append(p.byName[port.Name], t)
	}
	for row, t := range gone {
		p.end(t, now)
		delete(p.byRow, row)
	}
	p.forget(now, lifetime)
}

// becomes reports whether a port is only known better than before: its owner and its index are written when
// the interface exists.
func (t *tenure) becomes(port Port) bool {
	return t != nil && t.Name == port.Name && (t.Owner == port.Owner || t.Owner == Pod{}) && (t.Index == port.Index || t.Index == 0)
}

func (p *ports) end(t *tenure, now time.Time) {
	t.until = now
	p.past = append(p.past, t)
}

// forget drops the tenures of which no flow can be reported any more.
func (p *ports) forget(now time.Time, lifetime time.Duration) {
	for len(p.past) > 0 {
		t := p.past[0]
		old := now.Sub(t.until) > lifetime+margin
		if !old && len(p.past) <= maxPast {
			return
		}
		if !old {
			p.strict = now.Add(lifetime)
		}
		p.past = p.past[1:]
		kept := p.byName[t.Name][:0]
		for _, other := range p.byName[t.Name] {
			if other != t {
				kept = append(kept, other)
			}
		}
		if p.byName[t.Name] = kept; len(kept) == 0 {
			delete(p.byName, t.Name)
		}
	}
}

// ownership is what is known of the owner of a flow's interface.
type ownership int

const (
	unknown   ownership = iota // there is no such interface
	ofNoPod                    // it is not a pod's
	ambiguous                  // it had several owners, and the flow may be any one's
	owned
)

// owner is the namespace that the flow of a record belongs to by one of its interfaces.
func (p *ports) owner(at point, r *record, now time.Time) (string, ownership) {
	known := p.byName[string(at.name)] // no copy is made
	var last *tenure
	same := true
	for _, t := range known {
		if at.index != 0 && t.Index != 0 && t.Index != at.index {
			continue // another interface had the name
		}
		same = same && (last == nil || last.Owner.Namespace == t.Owner.Namespace)
		last = t
	}
	switch {
	case last == nil:
		return "", unknown
	case !same || at.index == 0 && now.Before(p.strict):
		// Only what began for sure after the change is the present owner's.
		if !last.until.IsZero() || !r.timed || r.start.Before(last.since.Add(margin)) {
			return "", ambiguous
		}
	}
	if last.Owner.Namespace == "" {
		return "", ofNoPod
	}
	return last.Owner.Namespace, owned
}
