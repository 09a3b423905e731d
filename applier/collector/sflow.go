package collector

import (
	"bytes"
	"fmt"
	"net/netip"

	"github.com/netsampler/goflow2/v2/decoders/sflow"
)

// decodeSFlow walks the samples itself and leaves only single flow records to goflow2. Its
// decoder of whole samples trusts the record count of an expanded flow sample, and would
// allocate 100 GB for 48 bytes.
func decodeSFlow(datagram []byte, m *Message) error {
	c := cursor{rest: datagram}
	c.skip(4) // version
	addressLength := uint32(4)
	switch kind := c.uint32(); kind {
	case 1:
	case 2:
		addressLength = 16
	default:
		return fmt.Errorf("the agent's address is of unknown type %d", kind)
	}
	m.Agent, _ = netip.AddrFromSlice(c.take(addressLength))
	m.ObservationDomain, m.Sequence = c.uint32(), c.uint32()
	c.skip(4) // uptime
	count := c.uint32()
	for i := uint32(0); i < count && !c.short; i++ {
		format, length := c.uint32(), c.uint32()
		if body := c.take(length); !c.short {
			m.addSample(format, body)
		}
	}
	if c.short {
		return fmt.Errorf("it ends early, with %d samples announced", count)
	}
	return nil
}

// addSample adds one sample, whose format is an enterprise (zero is the standard's) and a
// kind.
func (m *Message) addSample(format uint32, body []byte) {
	switch format {
	case sflow.SAMPLE_FORMAT_COUNTER, sflow.SAMPLE_FORMAT_EXPANDED_COUNTER:
		m.CounterSamples++
	case sflow.SAMPLE_FORMAT_FLOW, sflow.SAMPLE_FORMAT_EXPANDED_FLOW:
		m.FlowSamples++
		record, ok := readFlowSample(format == sflow.SAMPLE_FORMAT_EXPANDED_FLOW, body)
		if !ok {
			m.Undecoded++
			return
		}
		m.Records = append(m.Records, record)
	default:
		m.Undecoded++
	}
}

// readFlowSample reads a flow sample: one packet, which its flow records describe in
// different ways.
func readFlowSample(expanded bool, body []byte) (Record, bool) {
	c := cursor{rest: body}
	c.skip(8) // sequence number, source
	if expanded {
		c.skip(4) // the source takes two words
	}
	record := Record{Packets: 1, Sampling: uint64(c.uint32())}
	c.skip(8) // sample pool, drops
	record.InputInterface = readInterface(&c, expanded)
	record.OutputInterface = readInterface(&c, expanded)
	found, header := false, false
	for count := c.uint32(); count > 0 && !c.short; count-- {
		format, length := c.uint32(), c.uint32()
		data := c.take(length)
		// A sampled header has the most information, so other kinds don't replace it.
		if !c.short && !header && record.readFlowRecord(format, data) {
			found, header = true, format == sflow.FLOW_TYPE_RAW
		}
	}
	return record, found && !c.short
}

// readInterface reads an interface: a format, of which zero is a single interface, and a
// value. Usually both share a word.
func readInterface(c *cursor, expanded bool) uint32 {
	var format, value uint32
	if expanded {
		format, value = c.uint32(), c.uint32()
	} else {
		word := c.uint32()
		format, value = word>>30, word&0x3fffffff
	}
	if format != 0 {
		return 0
	}
	return value
}

// readFlowRecord fills in what a flow record tells, and reports whether that names the flow.
func (r *Record) readFlowRecord(format uint32, data []byte) bool {
	switch format {
	case sflow.FLOW_TYPE_RAW, sflow.FLOW_TYPE_ETH, sflow.FLOW_TYPE_IPV4, sflow.FLOW_TYPE_IPV6:
	default:
		return false
	}
	decoded, err := sflow.DecodeFlowRecord(&sflow.RecordHeader{DataFormat: format}, bytes.NewBuffer(data))
	if err != nil {
		return false
	}
	switch sampled := decoded.Data.(type) {
	case sflow.SampledHeader:
		return r.readSampledHeader(sampled)
	case sflow.SampledEthernet:
		r.Bytes = uint64(sampled.Length)
		copy(r.SourceMAC[:], sampled.SrcMac)
		copy(r.DestinationMAC[:], sampled.DstMac)
		r.EtherType = uint16(sampled.EthType & 0xffff)
	case sflow.SampledIPv4:
		r.readSampledIP(sampled.SampledIPBase, etherIPv4)
	case sflow.SampledIPv6:
		r.readSampledIP(sampled.SampledIPBase, etherIPv6)
	}
	return true
}

func (r *Record) readSampledIP(sampled sflow.SampledIPBase, etherType uint16) {
	source, _ := netip.AddrFromSlice(sampled.SrcIP)
	destination, _ := netip.AddrFromSlice(sampled.DstIP)
	r.EtherType = etherType
	r.Source = netip.AddrPortFrom(source, uint16(sampled.SrcPort&0xffff))
	r.Destination = netip.AddrPortFrom(destination, uint16(sampled.DstPort&0xffff))
	r.Protocol = uint8(sampled.Protocol & 0xff)
	r.Bytes = uint64(sampled.Length)
}

// The header protocols of sFlow that a switch samples.
const (
	headerEthernet = 1
	headerIPv4     = 11
	headerIPv6     = 12
)

func (r *Record) readSampledHeader(sampled sflow.SampledHeader) bool {
	// The data is padded to whole words.
	header := sampled.HeaderData
	if uint64(sampled.OriginalLength) < uint64(len(header)) {
		header = header[:sampled.OriginalLength]
	}
	// The frame's length includes what was stripped: Open vSwitch adds the checksum so.
	r.Bytes = uint64(sampled.FrameLength)
	if sampled.Stripped < sampled.FrameLength {
		r.Bytes -= uint64(sampled.Stripped)
	}
	switch sampled.Protocol {
	case headerEthernet:
		return r.readEthernet(header)
	case headerIPv4:
		return r.readIPv4(header)
	case headerIPv6:
		return r.readIPv6(header)
	}
	return false
}
