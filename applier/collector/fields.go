package collector

import (
	"net/netip"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
)

// The information elements that a Record takes from IPFIX (IANA's registry). The totals
// that Open vSwitch also sends, 85 and 86, are of the exporter and not of the flow.
const (
	octetDeltaCount          = 1
	packetDeltaCount         = 2
	protocolIdentifier       = 4
	sourceTransportPort      = 7
	sourceIPv4Address        = 8
	ingressInterface         = 10
	destinationTransportPort = 11
	destinationIPv4Address   = 12
	egressInterface          = 14
	sourceIPv6Address        = 27
	destinationIPv6Address   = 28
	samplingInterval         = 34
	sourceMacAddress         = 56
	vlanID                   = 58
	flowDirection            = 61
	destinationMacAddress    = 80
	interfaceName            = 82
	icmpTypeIPv4             = 176
	icmpCodeIPv4             = 177
	icmpTypeIPv6             = 178
	icmpCodeIPv6             = 179
	ethernetType             = 256
	layer2OctetDeltaCount    = 352
)

// dataKind is what a data record turned out to be.
type dataKind int

const (
	dataCut dataKind = iota
	dataStatistics
	dataFlow
)

// flow gathers a Record from fields in any order.
type flow struct {
	Record
	source, destination         netip.Addr
	sourcePort, destinationPort uint16
	octets, layer2Octets        uint64
	named                       bool // by addresses
}

// readDataRecord reads one data record. It describes a flow if it has addresses, of
// whatever layer.
func readDataRecord(t template, values []netflow.DataField) (Record, dataKind) {
	var f flow
	for i, field := range values {
		value, ok := field.Value.([]byte)
		if length := t.fields[i].Length; !ok || length != variableLength && len(value) != int(length) {
			return Record{}, dataCut
		}
		// An enterprise's elements have numbers of their own.
		if !field.PenProvided {
			f.set(field.Type, value)
		}
	}
	if t.options || !f.named {
		return Record{}, dataStatistics
	}
	f.Bytes = f.octets
	if f.Bytes == 0 {
		f.Bytes = f.layer2Octets
	}
	f.Source = netip.AddrPortFrom(f.source, f.sourcePort)
	f.Destination = netip.AddrPortFrom(f.destination, f.destinationPort)
	return f.Record, dataFlow
}

func (f *flow) set(element uint16, value []byte) {
	switch element {
	case sourceIPv4Address, sourceIPv6Address:
		f.setAddress(&f.source, value)
	case destinationIPv4Address, destinationIPv6Address:
		f.setAddress(&f.destination, value)
	case sourceMacAddress:
		f.setMAC(&f.SourceMAC, value)
	case destinationMacAddress:
		f.setMAC(&f.DestinationMAC, value)
	case interfaceName:
		f.InterfaceName = string(value)
	default:
		f.setNumber(element, value)
	}
}

// setAddress sets an address. A field of another length holds none.
func (f *flow) setAddress(to *netip.Addr, value []byte) {
	if address, ok := netip.AddrFromSlice(value); ok {
		*to, f.named = address, true
	}
}

// setMAC is like setAddress.
func (f *flow) setMAC(to *MAC, value []byte) {
	if len(value) == len(to) {
		*to, f.named = MAC(value), true
	}
}

func (f *flow) setNumber(element uint16, value []byte) {
	n, ok := number(value)
	if !ok {
		return
	}
	switch element {
	case octetDeltaCount:
		f.octets = n
	case layer2OctetDeltaCount:
		f.layer2Octets = n
	case packetDeltaCount:
		f.Packets = n
	case protocolIdentifier:
		f.Protocol = uint8(n & 0xff)
	case sourceTransportPort:
		f.sourcePort = uint16(n & 0xffff)
	case destinationTransportPort:
		f.destinationPort = uint16(n & 0xffff)
	case ingressInterface:
		f.InputInterface = uint32(n & 0xffffffff)
	case egressInterface:
		f.OutputInterface = uint32(n & 0xffffffff)
	case samplingInterval:
		f.Sampling = n
	case vlanID:
		f.VLAN = uint16(n & 0x0fff)
	case flowDirection:
		f.Egress = n == 1
	case icmpTypeIPv4, icmpTypeIPv6:
		f.ICMPType = uint8(n & 0xff)
	case icmpCodeIPv4, icmpCodeIPv6:
		f.ICMPCode = uint8(n & 0xff)
	case ethernetType:
		f.EtherType = uint16(n & 0xffff)
	}
}

// number reads a number of one to eight bytes: an exporter may leave out leading zeros
// (RFC 7011, section 6.2).
func number(value []byte) (uint64, bool) {
	if len(value) == 0 || len(value) > 8 {
		return 0, false
	}
	n := uint64(0)
	for _, b := range value {
		n = n<<8 | uint64(b)
	}
	return n, true
}
