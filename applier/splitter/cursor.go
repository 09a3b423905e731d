package splitter

import "encoding/binary"

// cursor reads big-endian numbers. Beyond the end it reads zeros and remembers that in short, so that a
// caller checks once after several reads.
type cursor struct {
	rest  []byte
	short bool
}

// take returns the next n bytes, or nil if there are fewer.
func (c *cursor) take(n int) []byte {
	if n > len(c.rest) {
		c.rest, c.short = nil, true
		return nil
	}
	taken := c.rest[:n:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) uint16() uint16 {
	if b := c.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// variable returns the next field of variable length: what precedes its content, and its content
// (RFC 7011, section 7).
func (c *cursor) variable() (prefix, content []byte) {
	first := c.take(1)
	if first == nil {
		return nil, nil
	}
	if first[0] < 255 {
		return first, c.take(int(first[0]))
	}
	long := c.take(2)
	if long == nil {
		return nil, nil
	}
	return []byte{255, long[0], long[1]}, c.take(int(binary.BigEndian.Uint16(long)))
}
