package splitter

import "encoding/binary"

// maxMessage bounds a message. It fits the least MTU of IPv6, 1280 bytes, with the headers of IPv6 and UDP.
const maxMessage = 1232

// body is the sets of one message for all collectors of a FlowExport; the header is each collector's own.
type body struct {
	sets    []byte
	records uint32
	// layouts are the templates that it uses.
	layouts []*layout
}

// builder gathers records in a body.
type builder struct {
	body *body
	// open is the ID of the last set, and begins where it is.
	open   uint16
	begins int
}

// fits reports whether a record can be added to the body that is being built.
func (b *builder) fits(r *record) bool {
	if b.body == nil {
		return true
	}
	size := len(r.data)
	if b.open != r.layout.id {
		size += setHeaderLength
	}
	return headerLength+len(b.body.sets)+size <= maxMessage
}

// add adds a record that fits.
func (b *builder) add(r *record) {
	if b.body == nil {
		b.body = &body{sets: make([]byte, 0, maxMessage-headerLength)}
		b.open = 0
	}
	sets := b.body.sets
	if b.open != r.layout.id {
		b.open, b.begins = r.layout.id, len(sets)
		sets = append(binary.BigEndian.AppendUint16(sets, r.layout.id), 0, 0)
		b.body.use(r.layout)
	}
	sets = append(sets, r.data...)
	binary.BigEndian.PutUint16(sets[b.begins+2:], uint16(len(sets)-b.begins)) //nolint:gosec // at most maxMessage
	b.body.sets = sets
	b.body.records++
}

// take returns the body, if there is one, and begins another one.
func (b *builder) take() *body {
	taken := b.body
	b.body = nil
	return taken
}

func (b *body) use(l *layout) {
	for _, used := range b.layouts {
		if used.id == l.id {
			return
		}
	}
	b.layouts = append(b.layouts, l)
}

// appendHeader adds the header of a message of so many bytes.
func appendHeader(to []byte, length int, h header) []byte {
	to = binary.BigEndian.AppendUint16(to, version)
	to = binary.BigEndian.AppendUint16(to, uint16(length)) //nolint:gosec // at most maxMessage
	to = binary.BigEndian.AppendUint32(to, h.exportTime)
	to = binary.BigEndian.AppendUint32(to, h.sequence)
	return binary.BigEndian.AppendUint32(to, h.domain)
}
