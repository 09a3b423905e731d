package splitter

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
)

// Bounds of what is kept of templates. Open vSwitch sends 88 for each exporter.
const (
	maxSessions  = 8
	maxTemplates = 512
	// maxForms bounds the templates for tenants.
	maxForms = 1024
	// firstForm is the ID of the first template for tenants; the one before is the options template.
	firstForm = firstDataSet + 1
)

// templates are those of the sessions with ovs-vswitchd: over UDP, a session is the sender's socket and
// the observation domain (RFC 7011, 8.4).
type templates struct {
	// sessions are the layouts by template ID, and order the sessions, the oldest first.
	sessions map[session]map[uint16]*layout
	order    []session
	// forms are the IDs of the templates for tenants by their fields. An ID never means anything else.
	forms map[string]uint16
}

type session struct {
	source netip.AddrPort
	domain uint32
}

// of returns the layouts of a session.
func (t *templates) of(s session) map[uint16]*layout { return t.sessions[s] }

// open returns the layouts of a session to add to. It forgets the oldest session if there are too many:
// ovs-vswitchd uses one socket at a time.
func (t *templates) open(s session) map[uint16]*layout {
	if known := t.sessions[s]; known != nil {
		return known
	}
	if t.sessions == nil {
		t.sessions, t.forms = map[session]map[uint16]*layout{}, map[string]uint16{}
	}
	if len(t.order) >= maxSessions {
		delete(t.sessions, t.order[0])
		t.order = t.order[1:]
	}
	t.order = append(t.order, s)
	t.sessions[s] = map[uint16]*layout{}
	return t.sessions[s]
}

// learn reads a set of templates.
func (t *templates) learn(s session, options bool, body []byte) error {
	least := 4 // shorter rests are padding
	if options {
		least = 6
	}
	for c := (cursor{rest: body}); len(c.rest) >= least; {
		id, count := c.uint16(), int(c.uint16())
		if options && count > 0 {
			c.uint16() // how many of the fields are the scope
		}
		if id == 0 && len(bytes.Trim(c.rest, "\x00")) == 0 {
			return nil // padding
		}
		if id < firstDataSet {
			return fmt.Errorf("template %d has a set's ID", id)
		}
		if count == 0 {
			continue // a withdrawal, which means nothing over UDP (RFC 7011, 8.4)
		}
		fields, err := readFields(&c, count)
		if err != nil {
			return fmt.Errorf("template %d: %w", id, err)
		}
		if err := t.put(t.open(s), id, options, fields); err != nil {
			return fmt.Errorf("template %d: %w", id, err)
		}
	}
	return nil
}

// put keeps a template in place of an earlier one with the ID.
func (t *templates) put(known map[uint16]*layout, id uint16, options bool, fields []field) error {
	if known[id] == nil && len(known) >= maxTemplates {
		return errors.New("there are more templates than are kept")
	}
	l := newLayout(fields)
	l.options = options
	if options {
		known[id] = l
		return nil
	}
	form, ok := t.forms[l.fields]
	if !ok {
		if len(t.forms) >= maxForms {
			return errors.New("there are more kinds of templates than are kept")
		}
		form = uint16(firstForm + len(t.forms)) //nolint:gosec // at most maxForms
		t.forms[l.fields] = form
	}
	l.id = form
	known[id] = l
	return nil
}
