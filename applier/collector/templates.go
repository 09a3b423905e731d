package collector

import (
	"container/list"
	"fmt"
	"net/netip"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
)

// Templates cost memory about in proportion to their fields: 12 bytes each. Sessions and
// templates are charged as if they were fields.
const (
	costOfSession  = 64
	costOfTemplate = 8
)

// maxFields bounds one template. Open vSwitch's longest have fewer than 70.
const maxFields = 256

// variableLength is the length of a template's field whose records tell it.
const variableLength = 0xffff

// template is how an exporter lays out data records.
type template struct {
	fields []netflow.Field
	// options says that the records describe the exporter and no flow.
	options bool
}

// session is what a template's ID belongs to. Over UDP that is the sender's socket and the
// observation domain (RFC 7011, section 8.4).
type session struct {
	exporter netip.AddrPort
	domain   uint32
}

// limits bound a templateStore, in cost.
type limits struct{ session, total int }

// defaultLimits has room for the 88 templates that each of 750 bridges of Open vSwitch
// sends, in about 50 MB, and for ten times as many from one exporter.
func defaultLimits() limits { return limits{session: 1 << 16, total: 1 << 22} }

// templateStore keeps templates within limits. It forgets the session that was used least
// recently; an exporter sends its templates again from time to time.
type templateStore struct {
	limits   limits
	cost     int
	sessions map[session]*list.Element
	recent   *list.List // of *sessionTemplates, the most recent first
}

type sessionTemplates struct {
	session   session
	cost      int
	templates map[uint16]template
}

func newTemplateStore(l limits) *templateStore {
	return &templateStore{limits: l, sessions: make(map[session]*list.Element), recent: list.New()}
}

func (s *templateStore) get(of session, id uint16) (template, bool) {
	kept := s.find(of)
	if kept == nil {
		return template{}, false
	}
	t, ok := kept.templates[id]
	return t, ok
}

// find returns what is kept of a session, or nil.
func (s *templateStore) find(of session) *sessionTemplates {
	element := s.sessions[of]
	if element == nil {
		return nil
	}
	s.recent.MoveToFront(element)
	kept, _ := element.Value.(*sessionTemplates)
	return kept
}

// put keeps a template in place of an earlier one with the ID.
func (s *templateStore) put(of session, id uint16, t template) error {
	if err := t.check(); err != nil {
		return fmt.Errorf("template %d: %w", id, err)
	}
	kept := s.find(of)
	if kept == nil {
		kept = &sessionTemplates{session: of, cost: costOfSession, templates: make(map[uint16]template)}
		s.sessions[of] = s.recent.PushFront(kept)
		s.cost += kept.cost
	}
	added := t.cost()
	if old, ok := kept.templates[id]; ok {
		added -= old.cost()
	}
	if kept.cost+added > s.limits.session {
		return fmt.Errorf("template %d: the exporter has more templates than are kept", id)
	}
	kept.templates[id] = t
	kept.cost += added
	s.cost += added
	for s.cost > s.limits.total && s.recent.Len() > 1 {
		s.forget(s.recent.Back())
	}
	return nil
}

func (s *templateStore) forget(element *list.Element) {
	if kept, ok := s.recent.Remove(element).(*sessionTemplates); ok {
		s.cost -= kept.cost
		delete(s.sessions, kept.session)
	}
}

func (t template) cost() int { return costOfTemplate + len(t.fields) }

// check refuses what would let a short datagram mean a lot of data: fields of no length,
// and records of no certain length, of which any set has endlessly many.
func (t template) check() error {
	if len(t.fields) > maxFields {
		return fmt.Errorf("has %d fields; %d at most are read", len(t.fields), maxFields)
	}
	for _, field := range t.fields {
		if field.Length == 0 {
			return fmt.Errorf("field %d has no length", field.Type)
		}
	}
	if netflow.GetTemplateSize(ipfixVersion, t.fields) == 0 {
		return fmt.Errorf("all %d fields are of variable length", len(t.fields))
	}
	return nil
}
