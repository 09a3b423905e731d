package splitter

import (
	"errors"
	"fmt"
)

// The parts of an IPFIX message (RFC 7011, section 3).
const (
	version             = 10
	headerLength        = 16
	setHeaderLength     = 4
	setTemplates        = 2
	setOptionsTemplates = 3
	firstDataSet        = 256 // also the first template ID
)

// header is the header of a message.
type header struct {
	exportTime uint32 // in seconds
	sequence   uint32
	domain     uint32
}

// What can be wrong with a message.
var (
	errVersion  = errors.New("not an IPFIX message")
	errReserved = errors.New("a set with a reserved ID")
	errCut      = errors.New("a record is longer than its set")
)

// readMessage reads a header and hands over each set, until one of them is malformed.
func readMessage(datagram []byte, set func(h header, id uint16, body []byte) error) error {
	c := cursor{rest: datagram}
	if c.uint16() != version {
		return errVersion
	}
	length := int(c.uint16())
	h := header{exportTime: c.uint32(), sequence: c.uint32(), domain: c.uint32()}
	if c.short || length < headerLength || length > len(datagram) {
		return fmt.Errorf("the header says %d bytes of %d", length, len(datagram))
	}
	c.rest = datagram[headerLength:length]
	for len(c.rest) > 0 {
		id, size := c.uint16(), int(c.uint16())
		if size < setHeaderLength {
			return fmt.Errorf("set %d says %d bytes", id, size)
		}
		body := c.take(size - setHeaderLength)
		if c.short {
			return fmt.Errorf("set %d of %d bytes is cut", id, size)
		}
		if err := set(h, id, body); err != nil {
			return err
		}
	}
	return nil
}
