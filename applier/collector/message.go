package collector

import (
	"fmt"
	"net/netip"
	"time"

	"sluice/validation"
)

// Message is what one datagram said.
type Message struct {
	Format validation.Format
	// Exporter is where the datagram came from. It is the packet's source, so a sender can
	// forge it.
	Exporter netip.Addr
	// Source is the sender's socket: Exporter and its port.
	Source netip.AddrPort
	// Agent is the address that an sFlow agent gives itself.
	Agent netip.Addr
	// Received is when Receive got the datagram; Decode leaves it zero.
	Received time.Time
	// Length is the datagram's, in bytes.
	Length int
	// Sequence numbers datagrams in sFlow, flows in NetFlow and data records in IPFIX.
	Sequence uint32
	// ObservationDomain is IPFIX's, NetFlow's engine (type and ID, a byte each) or the ID of
	// sFlow's sub-agent.
	ObservationDomain uint32

	Records []Record
	// Templates counts the IPFIX templates the datagram defined.
	Templates int
	// Statistics counts the IPFIX data records that describe no flow but the exporter.
	Statistics int
	// FlowSamples and CounterSamples count sFlow's samples.
	FlowSamples, CounterSamples int
	// Undecoded counts the rest of the datagram: IPFIX data sets whose template is unknown,
	// truncated records, and samples of other kinds.
	Undecoded int
}

// Record describes one flow or, in sFlow, one sampled packet.
type Record struct {
	// Source and Destination are invalid for a flow that isn't IP. Their ports are 0 unless
	// the protocol has ports.
	Source, Destination netip.AddrPort
	// SourceMAC and DestinationMAC are zero in NetFlow, which doesn't tell them.
	SourceMAC, DestinationMAC MAC
	// EtherType is zero where the record doesn't tell it.
	EtherType uint16
	// VLAN is the outermost tag's ID, zero without one.
	VLAN     uint16
	Protocol uint8
	// ICMPType and ICMPCode are set for ICMP and ICMPv6.
	ICMPType, ICMPCode uint8
	// Packets counts since the flow's last record.
	Packets uint64
	// Bytes counts like Packets. Open vSwitch counts whole frames in NetFlow and sFlow, and
	// IP packets in IPFIX unless the flow isn't IP.
	Bytes uint64
	// Sampling says that one of so many packets was looked at; zero if the record doesn't say.
	Sampling uint64
	// InputInterface and OutputInterface are as the exporter numbers them; zero if unknown
	// or several.
	InputInterface, OutputInterface uint32
	// InterfaceName is IPFIX's interfaceName.
	InterfaceName string
	// Egress says that IPFIX observed the flow as it left. A bridge reports a packet once
	// as it enters and once as it leaves.
	Egress bool
}

// MAC is an Ethernet address.
type MAC [6]byte

// String is the address in the usual form, as 50:54:00:00:00:01.
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}
