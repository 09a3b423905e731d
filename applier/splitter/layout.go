package splitter

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxFields bounds a template. Open vSwitch's longest have fewer than 70.
const maxFields = 256

// action is what to do with some bytes of a record.
type action uint8

const (
	keep  action = iota
	leave        // out
	readIndex
	readName
	readStart
	readEnd
)

// step is one part of a record: a field that is read, or adjacent fields with one fate.
type step struct {
	action action
	// length in bytes; variableLength where the record tells it.
	length int
	// kept says that the bytes are also copied. peer says that it is about the other end.
	kept, peer bool
}

// layout is how the records of one template are read, and the template under which they are sent.
type layout struct {
	// options says that the records describe no flow.
	options bool
	steps   []step
	// least is the least length of a record.
	least int
	// egress says that the packets were observed as they left.
	egress bool
	// named says that the records name the interface at which the packets were observed.
	named bool
	// fields is the template for tenants, without its ID: the count and the field specifiers.
	fields string
	// id of the template for tenants.
	id uint16
}

// field is a field specifier of a template.
type field struct {
	element    uint16
	length     int
	enterprise bool
	specifier  []byte
}

func (f field) is(element uint16) bool { return !f.enterprise && f.element == element }

// readField reads a field specifier (RFC 7011, 3.2).
func readField(c *cursor) (field, error) {
	before := c.rest
	f := field{element: c.uint16(), length: int(c.uint16())}
	size := 4
	if f.element&enterpriseBit != 0 {
		f.enterprise, size = true, 8
		c.take(4)
	}
	if c.short {
		return f, errors.New("a template is cut")
	}
	if f.length == 0 {
		return f, fmt.Errorf("field %d has no length", f.element)
	}
	f.specifier = before[:size]
	return f, nil
}

// readFields reads the field specifiers of a template.
func readFields(c *cursor, count int) ([]field, error) {
	if count == 0 || count > maxFields {
		return nil, fmt.Errorf("a template with %d fields", count)
	}
	fields := make([]field, count)
	for i := range fields {
		var err error
		if fields[i], err = readField(c); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// newLayout compiles a template. A template without interfaces can be read, but its records belong to no
// namespace.
func newLayout(fields []field) *layout {
	l := &layout{}
	for _, f := range fields {
		l.egress = l.egress || f.is(egressInterface)
	}
	var kept []byte
	count := uint16(0)
	ofEgress := false // the interface that follows is the one that the packet leaves by
	for _, f := range fields {
		ofEgress = ofEgress || f.is(egressInterface)
		s := stepOf(f, l.egress && !ofEgress)
		l.add(s)
		l.named = l.named || s.action == readName && !s.peer
		l.least += leastLength(f.length)
		if !s.kept {
			continue
		}
		kept = append(kept, specifierOf(f, s.action)...)
		count++
	}
	l.fields = string(binary.BigEndian.AppendUint16(nil, count)) + string(kept)
	return l
}

// stepOf says what to do with a field. peer says that it precedes the egress interface of a record that
// has one, so that an interface is that of the other end.
func stepOf(f field, peer bool) step {
	s := step{action: keep, length: f.length, kept: true}
	if f.enterprise {
		return s
	}
	switch f.element {
	case ingressInterface, egressInterface:
		if f.length == lengthOfInterfaceIndex {
			s.action = readIndex
		}
		s.peer, s.kept = peer, !peer
	case interfaceName:
		s.action, s.peer, s.kept = readName, peer, !peer
	case interfaceDescription, ingressInterfaceType, egressInterfaceType:
		s.kept = !peer
	case flowStartDelta, flowEndDelta:
		if f.length == lengthOfDelta {
			s.action = map[uint16]action{flowStartDelta: readStart, flowEndDelta: readEnd}[f.element]
		}
	default:
		s.kept = !exporterWide(f.element)
	}
	if !s.kept && s.action == keep {
		s.action = leave
	}
	return s
}

// specifierOf is the field in the template for tenants.
func specifierOf(f field, a action) []byte {
	if a == readStart {
		return []byte{0, flowStartMilliseconds, 0, lengthOfMilliseconds}
	}
	if a == readEnd {
		return []byte{0, flowEndMilliseconds, 0, lengthOfMilliseconds}
	}
	return f.specifier
}

// add adds a step, together with the one before if both do the same with a fixed number of bytes.
func (l *layout) add(s step) {
	if n := len(l.steps); n > 0 && s.length != variableLength && (s.action == keep || s.action == leave) {
		if last := &l.steps[n-1]; last.action == s.action && last.length != variableLength {
			last.length += s.length
			return
		}
	}
	l.steps = append(l.steps, s)
}

func leastLength(length int) int {
	if length == variableLength {
		return 1
	}
	return length
}
