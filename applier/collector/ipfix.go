package collector

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
)

// The parts of an IPFIX message (RFC 7011, section 3).
const (
	ipfixVersion        = 10
	ipfixHeader         = 16
	setHeader           = 4
	setTemplates        = 2
	setOptionsTemplates = 3
	firstTemplateID     = 256 // also of the sets with its data
)

// decodeIPFIX walks the sets itself, to hold goflow2's decoders to lengths and templates
// that were checked.
func (d *Decoder) decodeIPFIX(exporter netip.AddrPort, datagram []byte, m *Message) error {
	c := cursor{rest: datagram}
	c.skip(2) // version
	length := c.uint16()
	c.skip(4) // export time
	m.Sequence, m.ObservationDomain = c.uint32(), c.uint32()
	if c.short || length < ipfixHeader || int(length) > len(datagram) {
		return fmt.Errorf("the header says %d bytes", length)
	}
	c.rest = datagram[ipfixHeader:length]
	of := session{exporter, m.ObservationDomain}
	for len(c.rest) > 0 {
		id, size := c.uint16(), c.uint16()
		if size < setHeader {
			return fmt.Errorf("set %d says %d bytes", id, size)
		}
		body := c.take(uint32(size) - setHeader)
		if c.short {
			return fmt.Errorf("set %d of %d bytes is cut", id, size)
		}
		if err := d.readSet(of, id, body, m); err != nil {
			return err
		}
	}
	return nil
}

func (d *Decoder) readSet(of session, id uint16, body []byte, m *Message) error {
	switch {
	case id == setTemplates:
		records, err := netflow.DecodeTemplateSet(ipfixVersion, bytes.NewBuffer(body))
		for _, r := range records {
			err = errors.Join(err, d.learn(of, r.TemplateId, template{fields: r.Fields}, m))
		}
		return err
	case id == setOptionsTemplates:
		records, err := netflow.DecodeIPFIXOptionsTemplateSet(bytes.NewBuffer(body))
		for _, r := range records {
			fields := append(r.Scopes, r.Options...)
			err = errors.Join(err, d.learn(of, r.TemplateId, template{fields: fields, options: true}, m))
		}
		return err
	case id >= firstTemplateID:
		t, ok := d.templates.get(of, id)
		if !ok {
			m.Undecoded++
			return nil
		}
		readData(t, body, m)
		return nil
	}
	return fmt.Errorf("set %d is reserved", id)
}

// learn keeps a template. One without fields withdraws itself, which exporters don't do
// over UDP (RFC 7011, section 8.4), so a forged one does nothing.
func (d *Decoder) learn(of session, id uint16, t template, m *Message) error {
	if len(t.fields) == 0 {
		return nil
	}
	if id < firstTemplateID {
		return fmt.Errorf("template %d has a set's ID", id)
	}
	if err := d.templates.put(of, id, t); err != nil {
		return err
	}
	m.Templates++
	return nil
}

// readData adds the records of a data set. Each field takes a byte at least, so there are
// no more of them than bytes.
func readData(t template, body []byte, m *Message) {
	records, err := netflow.DecodeDataSet(ipfixVersion, bytes.NewBuffer(body), t.fields)
	if err != nil {
		m.Undecoded++
	}
	for _, values := range records {
		record, kind := readDataRecord(t, values.Values)
		switch kind {
		case dataCut:
			m.Undecoded++
		case dataStatistics:
			m.Statistics++
		case dataFlow:
			m.Records = append(m.Records, record)
		}
	}
}
