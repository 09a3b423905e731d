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
	// margin is how far a flow must be from a change of the interface's owner: ovs-vswitchd may still have
	// packets of the former one.
	margin = 2 * time.Second
	// DefaultLifetime is how long a flow may be in Open vSwitch's cache: the most that its
	// cache_active_timeout can be.
	DefaultLifetime = 4200 * time.Second
	// maxPast bounds the former ports that are remembered.
	maxPast = 4096
)

// ports says which namespace an interface belongs to, and to which it belonged while flows that are
// reported now may have been observed. A name and a number prove nothing: both are used again, for example by
// devices that represent functions of a network adapter. What counts is when a flow was observed.
type ports struct {
	byName map[string][]*tenure
	byRow  map[string]*tenure
	// past are the tenures that ended, the oldest first.
	past []*tenure
	// known says that the interfaces are known now, and blind is until when they were not known completely:
	// before the first reading, while the watch was lost, and after there was too much of the past.
	known bool
	blind time.Time
	// confirmed is when the interfaces were known to be current last; zero for never.
	confirmed time.Time
	// unsettled says that the times of records prove nothing, because the clock was set.
	unsettled bool
}

// tenure is the time in which an interface has one owner.
type tenure struct {
	Port
	// until is when the end was heard of; zero if it goes on.
	until time.Time
	// from and sure are from when and, for one that ended, until when the owner is certain.
	from, sure time.Time
	// disowned says that the row had another owner before.
	disowned bool
}

// update takes in the interfaces that there are.
func (p *ports) update(now time.Time, present []Port) {
	if !p.known {
		if p.byName == nil {
			p.byName, p.byRow = map[string][]*tenure{}, map[string]*tenure{}
		}
		if p.known = true; p.blind.Before(now) {
			p.blind = now
		}
	}
	gone := maps.Clone(p.byRow)
	for _, port := range present {
		old := p.byRow[port.Row]
		if old.becomes(port) {
			p.improve(old, port, now)
			delete(gone, port.Row)
			continue
		}
		if old != nil {
			p.end(old, now)
			delete(gone, port.Row)
		}
		t := &tenure{Port: port, disowned: old != nil}
		p.begin(t, now)
		p.byRow[port.Row] = t
		p.byName[port.Name] = append(p.byName[port.Name], t)
	}
	for row, t := range gone {
		p.end(t, now)
		delete(p.byRow, row)
	}
	p.forget(now)
}

// begins begins again at a time, because the clock was set: only the present owners are known, and they are certain
// from now on.
func (p *ports) begins(now time.Time) {
	p.past, p.confirmed, p.blind = nil, time.Time{}, now.Add(margin)
	clear(p.byName)
	for _, t := range p.byRow {
		t.from = now
		p.byName[t.Name] = append(p.byName[t.Name], t)
	}
}

// lose takes in that changes are not heard of any more.
func (p *ports) lose(now time.Time) {
	p.known = false
	for row, t := range p.byRow {
		p.end(t, now)
		delete(p.byRow, row)
	}
}

// becomes reports whether a port is only known better than before: its owner and its index are written when
// the interface exists.
func (t *tenure) becomes(port Port) bool {
	return t != nil && t.Name == port.Name && (t.Owner == port.Owner || t.Owner == Pod{} && !t.disowned) && (t.Index == port.Index || t.Index == 0)
}

// improve takes in what is known better of a port.
func (p *ports) improve(t *tenure, port Port, now time.Time) {
	if t.Index != port.Index || t.Owner != port.Owner {
		t.Index, t.Owner = port.Index, port.Owner
		p.begin(t, now)
	}
}

// begin sets from when a tenure's owner is certain. If others had the name, that is when everything is known of
// it: ovs-vswitchd writes the index when it has the port.
func (p *ports) begin(t *tenure, now time.Time) {
	contested := false
	for _, other := range p.byName[t.Name] {
		contested = contested || other != t && other.Owner.Namespace != t.Owner.Namespace
	}
	switch {
	case contested:
		t.from = now.Add(margin)
	case t.from.IsZero():
		t.from = now
	}
}

// end ends a tenure. The times of later records may be too early by as much as the clock may be set unnoticed.
func (p *ports) end(t *tenure, now time.Time) {
	t.until, t.sure = now, p.confirmed.Add(-unnoticed)
	p.past = append(p.past, t)
}

// forget drops the tenures of which no flow can be reported any more.
func (p *ports) forget(now time.Time) {
	for len(p.past) > 0 {
		t := p.past[0]
		old := now.Sub(t.until) > DefaultLifetime+margin
		if !old && len(p.past) <= maxPast {
			return
		}
		if until := t.until.Add(margin); !old && p.blind.Before(until) {
			p.blind = until
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
	ambiguous                  // it had several owners, or may have had, and the flow may be any one's
	owned
)

// owner is the namespace that the flow of a record belongs to by one of its interfaces.
func (p *ports) owner(at point, r *record) (string, ownership) {
	var last, certain *tenure
	same := true
	for _, t := range p.byName[string(at.name)] { // no copy is made
		if at.index != 0 && t.Index != 0 && t.Index != at.index {
			continue // another interface had the name
		}
		same = same && (last == nil || last.Owner.Namespace == t.Owner.Namespace)
		last = t
		if t.has(r) {
			certain = t
		}
	}
	switch {
	case last == nil:
		return "", unknown
	case !r.timed || p.unsettled || r.start.Before(p.blind):
		return "", ambiguous
	case !same && certain == nil:
		return "", ambiguous
	case same && !last.until.IsZero() && r.end.After(last.until.Add(margin)):
		return "", unknown // whose interface that is now was not heard of
	case !same:
		last = certain
	}
	if last.Owner.Namespace == "" {
		return "", ofNoPod
	}
	return last.Owner.Namespace, owned
}

// has reports whether the interface had this owner for sure while the packets of a flow were observed, although
// it also had others.
func (t *tenure) has(r *record) bool {
	return !r.start.Before(t.from) && (t.until.IsZero() || !r.end.After(t.sure))
}
