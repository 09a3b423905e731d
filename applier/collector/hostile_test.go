package collector

import (
	"encoding/hex"
	"errors"
	"runtime"
	"strings"
	"testing"
)

type hostileTest struct {
	name     string
	datagram string // hex
	problem  string // in the error; empty for none
	unknown  bool   // whether the error is ErrUnknownFormat
}

const (
	sflowHead = "00000005 00000001 7f000001 00000000 00000001 00000000"
	ipfixHead = "00000000 00000001 0000007b"
)

func hostile() []hostileTest {
	tests := []hostileTest{
		{"nothing", "", "0 bytes", true},
		{"NetFlow v9", "0009 0001 00000000", "NetFlow v9", true},
		{"sFlow v4", "00000004 00000001", "sFlow version 4", true},
		{"DNS", "abcd 0100 00010000", "version 43981", true},
		{"NetFlow without a header", "0005 0001", "24 bytes", false},
		{"NetFlow that promises 65535 records", "0005 ffff" + strings.Repeat("00", 20), "need 3145704 bytes", false},
		{"sFlow without a header", "00000005 00000001", "ends early", false},
		{"sFlow of an agent by name", "00000005 00000003 00000000", "unknown type 3", false},
		{"sFlow that promises samples", sflowHead + "ffffffff", "4294967295 samples", false},
		{"sFlow with a sample longer than it", sflowHead + "00000001 00000001 ffffffff", "ends early", false},
		{"sFlow with a sample of 4294967295 records", sflowHead + "00000001 00000003 0000002c" + strings.Repeat("00", 40) + "ffffffff", "", false},
		{"sFlow with a sample of an enterprise", sflowHead + "00000001 00d5f001 00000000", "", false},
		{"IPFIX without a header", "000a 0010", "says 16 bytes", false},
		{"IPFIX longer than the datagram", "000a 00ff" + ipfixHead, "says 255 bytes", false},
		{"IPFIX shorter than its header", "000a 0001" + ipfixHead, "says 1 bytes", false},
		{"IPFIX with a set of no length", "000a 0014" + ipfixHead + "0002 0000", "set 2 says 0 bytes", false},
		{"IPFIX with a cut set", "000a 0014" + ipfixHead + "0002 0010", "is cut", false},
		{"IPFIX with a set of NetFlow v9", "000a 0014" + ipfixHead + "0000 0004", "reserved", false},
		{"IPFIX with a set's ID for a template", "000a 001c" + ipfixHead + "0002 000c 0002 0001 00080004", "template 2", false},
		{"IPFIX with fields of no length", "000a 001c" + ipfixHead + "0002 000c 0100 0001 00080000", "field 8 has no length", false},
		{"IPFIX with variable fields only", "000a 001c" + ipfixHead + "0002 000c 0100 0001 0052ffff", "variable length", false},
		{"IPFIX with a template of 65535 fields", "000a 0018" + ipfixHead + "0002 0008 0100 ffff", "reading field", false},
		{"IPFIX that withdraws a template", "000a 0018" + ipfixHead + "0002 0008 0100 0000", "", false},
		{"IPFIX without a template", "000a 0018" + ipfixHead + "4000 0008 00000000", "", false},
		{
			"IPFIX with a name longer than the record", "000a 0029" + ipfixHead +
				"0002 0010 4001 0002 0052ffff 00080004" + "4001 0009 ff ffff 0102", "", false,
		},
	}
	for i := range tests {
		tests[i].datagram = strings.ReplaceAll(tests[i].datagram, " ", "")
	}
	return tests
}

func TestDecodeHostile(t *testing.T) {
	for _, test := range hostile() {
		t.Run(test.name, func(t *testing.T) {
			datagram, err := hex.DecodeString(test.datagram)
			if err != nil {
				t.Fatal(err)
			}
			m, err := NewDecoder().Decode(exporter(), datagram)
			if len(m.Records) != 0 {
				t.Errorf("got records %v", m.Records)
			}
			switch {
			case test.problem == "" && err != nil:
				t.Errorf("got error %v", err)
			case test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)):
				t.Errorf("got error %v, want one with %q", err, test.problem)
			}
			if got := errors.Is(err, ErrUnknownFormat); got != test.unknown {
				t.Errorf("unknown format: got %t, want %t", got, test.unknown)
			}
		})
	}
}

// TestDecodeAllocates bounds the memory of the datagrams that promise most.
func TestDecodeAllocates(t *testing.T) {
	for _, test := range hostile() {
		datagram, err := hex.DecodeString(test.datagram)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = NewDecoder().Decode(exporter(), datagram)
		runtime.ReadMemStats(&after)
		// A template's fields are allocated before they are read: 65535 of 12 bytes.
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
			t.Errorf("%s: allocated %d bytes", test.name, got)
		}
	}
}

// TestDecodeEveryCut cuts each datagram everywhere: an error or fewer records, no panic.
func TestDecodeEveryCut(t *testing.T) {
	for _, file := range []string{"netflow", "sflow", "ipfix"} {
		decoder := NewDecoder()
		for _, datagram := range caught(t, file) {
			whole, err := decoder.Decode(exporter(), datagram)
			if err != nil {
				t.Fatal(err)
			}
			for length := range datagram {
				m, err := decoder.Decode(exporter(), datagram[:length])
				if err == nil {
					t.Errorf("%s: %d of %d bytes are no error", file, length, len(datagram))
				}
				if len(m.Records) > len(whole.Records) {
					t.Errorf("%s: %d of %d bytes hold %d records", file, length, len(datagram), len(m.Records))
				}
			}
		}
	}
}

// TestDecodeDense sends the densest records there are, in the longest datagrams.
func TestDecodeDense(t *testing.T) {
	tests := map[string]struct {
		field   string // of the template
		records int
	}{
		"addresses of 4 bytes": {"0008 0004", 16374},
		"numbers of 1 byte":    {"0004 0001", 0},
		"addresses of 1 byte":  {"0038 0001", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			templates, err := hex.DecodeString(strings.ReplaceAll("000a 001c"+ipfixHead+"0002 000c 0100 0001"+test.field, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			data, err := hex.DecodeString(strings.ReplaceAll("000a ffec"+ipfixHead+"0100 ffdc", " ", "") + strings.Repeat("01", 65496))
			if err != nil {
				t.Fatal(err)
			}
			decoder := NewDecoder()
			if _, err := decoder.Decode(exporter(), templates); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			m, err := decoder.Decode(exporter(), data)
			runtime.ReadMemStats(&after)
			if err != nil || len(m.Records) != test.records {
				t.Errorf("got %d records, error %v, want %d", len(m.Records), err, test.records)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 32<<20 {
				t.Errorf("allocated %d bytes", got)
			}
			t.Logf("allocated %d bytes", after.TotalAlloc-before.TotalAlloc)
		})
	}
}
