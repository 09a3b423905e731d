package collector

import "encoding/binary"

// cursor reads big-endian numbers. Beyond the end it reads zeros and remembers that in
// short, so that a caller checks once after several reads.
type cursor struct {
	rest  []byte
	short bool
}

// take returns the next n bytes, or nil if there are fewer.
func (c *cursor) take(n uint32) []byte {
	if uint64(n) > uint64(len(c.rest)) {
		c.rest, c.short = nil, true
		return nil
	}
	taken := c.rest[:n:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) skip(n uint32) { c.take(n) }

func (c *cursor) uint8() uint8 {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
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

func (c *cursor) mac() MAC {
	var m MAC
	copy(m[:], c.take(6))
	return m
}
