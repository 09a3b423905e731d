package collector

import (
	"net/netip"
	"testing"
)

// TestDataBeforeTemplates restarts the collector: what comes before the templates is
// undecoded, and what comes from another socket stays so.
func TestDataBeforeTemplates(t *testing.T) {
	datagrams := caught(t, "ipfix")
	data := datagrams[len(datagrams)-1]
	decoder := NewDecoder()
	decode := func(from netip.AddrPort, datagram []byte) Message {
		t.Helper()
		m, err := decoder.Decode(from, datagram)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := decode(exporter(), data); m.Undecoded != 1 || len(m.Records) != 0 || m.ObservationDomain != 123 {
		t.Errorf("before the templates: got %+v", m)
	}
	for _, datagram := range datagrams[:20] {
		decode(exporter(), datagram)
	}
	if m := decode(exporter(), data); m.Undecoded != 0 || len(m.Records) != 1 {
		t.Errorf("after the templates: got %+v", m)
	}
	// A socket of both families writes IPv4 addresses as IPv6.
	mapped := netip.AddrPortFrom(netip.AddrFrom16(exporter().Addr().As16()), exporter().Port())
	if m := decode(mapped, data); len(m.Records) != 1 || m.Exporter != exporter().Addr() {
		t.Errorf("from %s: got %+v", mapped, m)
	}
	other := netip.AddrPortFrom(exporter().Addr(), exporter().Port()+1)
	if m := decode(other, data); m.Undecoded != 1 {
		t.Errorf("from %s: got %+v", other, m)
	}
}

// TestDecodeCopies reuses the datagram's memory, as a receiver does.
func TestDecodeCopies(t *testing.T) {
	decoder := NewDecoder()
	for _, datagram := range caught(t, "ipfix") {
		m, err := decoder.Decode(exporter(), datagram)
		if err != nil {
			t.Fatal(err)
		}
		clear(datagram)
		for _, r := range m.Records {
			if r.InterfaceName != "p1" && r.InterfaceName != "p2" {
				t.Errorf("got interface %q", r.InterfaceName)
			}
		}
	}
}
