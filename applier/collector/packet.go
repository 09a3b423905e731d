package collector

import "net/netip"

// EtherTypes (IEEE 802) and protocol numbers (IANA).
const (
	etherIPv4   = 0x0800
	etherIPv6   = 0x86dd
	etherVLAN   = 0x8100
	etherQinQ   = 0x88a8
	etherQinQ91 = 0x9100 // what switches used before 0x88a8

	protocolICMP   = 1
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58
	protocolSCTP   = 132
)

// maxTags and maxExtensions bound what a header may pile up before its addresses and ports.
const (
	maxTags       = 4
	maxExtensions = 8
)

// readEthernet fills in what the start of a frame tells. The frame may be cut anywhere; it
// reports whether the Ethernet header was whole.
func (r *Record) readEthernet(frame []byte) bool {
	c := cursor{rest: frame}
	r.DestinationMAC, r.SourceMAC = c.mac(), c.mac()
	r.EtherType = c.uint16()
	for tags := 0; tags < maxTags && isTag(r.EtherType); tags++ {
		id := c.uint16() & 0x0fff
		if tags == 0 {
			r.VLAN = id
		}
		r.EtherType = c.uint16()
	}
	if c.short {
		return false
	}
	switch r.EtherType {
	case etherIPv4:
		r.readIPv4(c.rest)
	case etherIPv6:
		r.readIPv6(c.rest)
	}
	return true
}

func isTag(etherType uint16) bool {
	return etherType == etherVLAN || etherType == etherQinQ || etherType == etherQinQ91
}

// readIPv4 fills in addresses, protocol and ports, and reports whether the header was whole.
func (r *Record) readIPv4(packet []byte) bool {
	c := cursor{rest: packet}
	head := c.uint8()
	c.skip(5)
	fragment := c.uint16() & 0x1fff
	c.skip(1)
	protocol := c.uint8()
	c.skip(2)
	source, _ := netip.AddrFromSlice(c.take(4))
	destination, _ := netip.AddrFromSlice(c.take(4))
	words := uint32(head & 0x0f)
	if c.short || head>>4 != 4 || words < 5 {
		return false
	}
	r.EtherType, r.Protocol = etherIPv4, protocol
	r.Source, r.Destination = netip.AddrPortFrom(source, 0), netip.AddrPortFrom(destination, 0)
	c.skip(4 * (words - 5))
	// Only the first fragment has the ports.
	if fragment == 0 {
		r.readPorts(&c)
	}
	return true
}

// readIPv6 is like readIPv4.
func (r *Record) readIPv6(packet []byte) bool {
	c := cursor{rest: packet}
	head := c.uint8()
	c.skip(5)
	protocol := c.uint8()
	c.skip(1)
	source, _ := netip.AddrFromSlice(c.take(16))
	destination, _ := netip.AddrFromSlice(c.take(16))
	if c.short || head>>4 != 6 {
		return false
	}
	r.EtherType = etherIPv6
	r.Source, r.Destination = netip.AddrPortFrom(source, 0), netip.AddrPortFrom(destination, 0)
	fragment := uint16(0)
	for range maxExtensions {
		if !isExtension(protocol) || c.short {
			break
		}
		next, length := c.uint8(), c.uint8()
		if protocol == extensionFragment {
			fragment |= c.uint16() >> 3
			c.skip(4)
		} else {
			c.skip(6 + 8*uint32(length))
		}
		protocol = next
	}
	r.Protocol = protocol
	if fragment == 0 {
		r.readPorts(&c)
	}
	return true
}

const extensionFragment = 44

// isExtension reports whether a header is an extension header of RFC 8200: hop-by-hop options,
// routing, fragment or destination options.
func isExtension(header uint8) bool {
	return header == 0 || header == 43 || header == extensionFragment || header == 60
}

// readPorts fills in the ports, or ICMP's type and code.
func (r *Record) readPorts(c *cursor) {
	switch r.Protocol {
	case protocolTCP, protocolUDP, protocolSCTP:
		source, destination := c.uint16(), c.uint16()
		if !c.short {
			r.Source = netip.AddrPortFrom(r.Source.Addr(), source)
			r.Destination = netip.AddrPortFrom(r.Destination.Addr(), destination)
		}
	case protocolICMP, protocolICMPv6:
		icmpType, code := c.uint8(), c.uint8()
		if !c.short {
			r.ICMPType, r.ICMPCode = icmpType, code
		}
	}
}
