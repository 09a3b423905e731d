package collector

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
)

// The sizes of NetFlow v5.
const (
	netFlowHeader = 24
	netFlowRecord = 48
)

func decodeNetFlow(datagram []byte, m *Message) error {
	if len(datagram) < netFlowHeader {
		return fmt.Errorf("the header has %d bytes", netFlowHeader)
	}
	// The decoder allocates as many records as the header promises, so look first.
	count := int(binary.BigEndian.Uint16(datagram[2:]))
	if want := netFlowHeader + count*netFlowRecord; want > len(datagram) {
		return fmt.Errorf("its %d records need %d bytes", count, want)
	}
	var packet netflowlegacy.PacketNetFlowV5
	if err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(datagram), &packet); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	m.Sequence = packet.FlowSequence
	m.ObservationDomain = uint32(packet.EngineType)<<8 | uint32(packet.EngineId)
	m.Records = make([]Record, 0, len(packet.Records))
	for _, r := range packet.Records {
		// The upper two bits are the sampling mode.
		m.Records = append(m.Records, netFlowToRecord(r, uint64(packet.SamplingInterval&0x3fff)))
	}
	return nil
}

func netFlowToRecord(r netflowlegacy.RecordsNetFlowV5, sampling uint64) Record {
	record := Record{
		EtherType:       etherIPv4,
		Protocol:        r.Proto,
		Packets:         uint64(r.DPkts),
		Bytes:           uint64(r.DOctets),
		Sampling:        sampling,
		InputInterface:  uint32(r.Input),
		OutputInterface: uint32(r.Output),
	}
	source, destination := r.SrcPort, r.DstPort
	if r.Proto == protocolICMP {
		// By custom the destination port carries ICMP's type and code.
		record.ICMPType, record.ICMPCode = uint8(r.DstPort>>8), uint8(r.DstPort&0xff)
		source, destination = 0, 0
	}
	record.Source = netip.AddrPortFrom(ipv4(uint32(r.SrcAddr)), source)
	record.Destination = netip.AddrPortFrom(ipv4(uint32(r.DstAddr)), destination)
	return record
}

func ipv4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}
