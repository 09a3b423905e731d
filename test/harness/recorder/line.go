package main

import (
	"net/netip"
	"time"

	"sluice/applier/collector"
)

// line is a record in the output. A flow that is not IP has no addresses.
type line struct {
	Time            time.Time  `json:"time"`
	Format          string     `json:"format"`
	Exporter        netip.Addr `json:"exporter"`
	Length          int        `json:"length"` // of the datagram
	Domain          uint32     `json:"domain"`
	Source          string     `json:"src"`
	Destination     string     `json:"dst"`
	SourcePort      uint16     `json:"srcPort"`
	DestinationPort uint16     `json:"dstPort"`
	SourceMAC       string     `json:"srcMAC"`
	DestinationMAC  string     `json:"dstMAC"`
	EtherType       uint16     `json:"etherType"`
	VLAN            uint16     `json:"vlan"`
	Protocol        uint8      `json:"protocol"`
	ICMPType        uint8      `json:"icmpType"`
	ICMPCode        uint8      `json:"icmpCode"`
	Packets         uint64     `json:"packets"`
	Bytes           uint64     `json:"bytes"`
	Sampling        uint64     `json:"sampling"`
	Input           uint32     `json:"input"`
	Output          uint32     `json:"output"`
	Interface       string     `json:"interface"`
	Egress          bool       `json:"egress"`
}

func lineOf(m collector.Message, r collector.Record) line {
	l := line{
		Time: m.Received, Format: m.Format.String(), Exporter: m.Exporter, Length: m.Length, Domain: m.ObservationDomain,
		SourcePort: r.Source.Port(), DestinationPort: r.Destination.Port(),
		SourceMAC: r.SourceMAC.String(), DestinationMAC: r.DestinationMAC.String(), EtherType: r.EtherType, VLAN: r.VLAN,
		Protocol: r.Protocol, ICMPType: r.ICMPType, ICMPCode: r.ICMPCode,
		Packets: r.Packets, Bytes: r.Bytes, Sampling: r.Sampling,
		Input: r.InputInterface, Output: r.OutputInterface, Interface: r.InterfaceName, Egress: r.Egress,
	}
	if address := r.Source.Addr(); address.IsValid() {
		l.Source = address.String()
	}
	if address := r.Destination.Addr(); address.IsValid() {
		l.Destination = address.String()
	}
	return l
}
