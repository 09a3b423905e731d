package splitter

import (
	"bytes"
	"errors"
	"fmt"
)

// Bounds of what is kept of templates. Open vSwitch sends 88 for each exporter.
const (
	maxDomains   = 8
	maxTemplates = 512
	// maxForms bounds the templates for tenants.
	maxForms = 1024
	// firstForm is the ID of the first template for tenants; the one before is the options template.
	firstForm = firstDataSet + 1
)

// templates are those of ovs-vswitchd, by observation domain. Over UDP, a session is also the sender's socket
// (RFC 7011, 8.4). But ovs-vswitchd opens another socket with each change of its configuration, and before
// version 3.2 it does not send the templates again then.
type templates struct {
	// domains are the layouts by template ID, and order the domains, the oldest first.
	domains map[uint32]map[uint16]*layout
	order   []uint32
	// forms are the IDs of the templates for tenants by their fields. An ID never means anything else.
	forms map[string]uint16
}

// of returns the layouts of a domain.
func (t *templates) of(domain uint32) map[uint16]*layout { return t.domains[domain] }

// open returns the layouts of a domain to add to. It forgets the oldest domain if there are too many: the
// bridge's exporter uses one at a time.
func (t *templates) open(domain uint32) map[uint16]*layout {
	if known := t.domains[domain]; known != nil {
		return known
	}
	if t.domains == nil {
		t.domains, t.forms = map[uint32]map[uint16]*layout{}, map[string]uint16{}
	}
	if len(t.order) >= maxDomains {
		delete(t.domains, t.order[0])
		t.order = t.order[1:]
	}
	t.order = append(t.order, domain)
	t.domains[domain] = map[uint16]*layout{}
	return t.domains[domain]
}

// learn reads a set of templates.
func (t *templates) learn(domain uint32, options bool, body []byte) error {
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
		if err := t.put(t.open(domain), id, options, fields); err != nil {
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
