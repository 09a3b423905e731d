package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"sluice/applier/collector"
	"sluice/applier/splitter"
)

// nowhere is a socket to nowhere.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

// splitting compares decoding, selecting and encoding with decoding alone, in this process on one core. The datagrams are
// those of Open vSwitch in applier/collector/testdata, where each packet is reported at p1 and at p2.
func (b *bench) splitting() error {
	text, err := os.ReadFile("applier/collector/testdata/ipfix.base64")
	if err != nil {
		return fmt.Errorf("read datagrams (run this in the repository): %w", err)
	}
	var templates, records [][]byte
	for line := range bytes.Lines(text) {
		datagram, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(line))
		if err != nil {
			return fmt.Errorf("read datagrams: %w", err)
		}
		if set := int(datagram[16])<<8 | int(datagram[17]); set < 256 || set == 462 { // 462 is about the exporter
			templates = append(templates, datagram)
		} else {
			records = append(records, datagram)
		}
	}
	const rounds = 5
	var decoding, splitting []float64
	for range rounds {
		decode, err := decodeRate(templates, records)
		if err != nil {
			return err
		}
		split, err := splitRate(templates, records)
		if err != nil {
			return err
		}
		decoding, splitting = append(decoding, decode), append(splitting, split)
	}
	ratio := against(splitting, decoding)
	b.add(row{"records a second on one core: decoded, selected and encoded for two tenants / decoded by goflow2's decoders; median of 5 rounds", fmt.Sprintf("%.0f", middle(decoding)), fmt.Sprintf("%.0f", middle(splitting)), fmt.Sprintf("%.2f", ratio), "≥ 0.5", ratio >= 0.5})
	return nil
}

// perRate is how many records each rate is measured with.
const perRate = 300_000

// sender is ovs-vswitchd's socket.
func sender() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:40000") }

func decodeRate(templates, records [][]byte) (float64, error) {
	decoder := collector.NewDecoder()
	for _, datagram := range templates {
		if _, err := decoder.Decode(sender(), datagram); err != nil {
			return 0, fmt.Errorf("decode: %w", err)
		}
	}
	start := time.Now()
	for i := range perRate {
		if _, err := decoder.Decode(sender(), records[i%len(records)]); err != nil {
			return 0, fmt.Errorf("decode: %w", err)
		}
	}
	return perRate / time.Since(start).Seconds(), nil
}

func splitRate(templates, records [][]byte) (float64, error) {
	// Long before the flows of the datagrams began.
	began := time.Unix(int64(records[0][4])<<24|int64(records[0][5])<<16|int64(records[0][6])<<8|int64(records[0][7]), 0).Add(-time.Hour)
	answered := make(chan uint64, 1)
	s := splitter.New(splitter.Config{
		Own:     func() ([]netip.AddrPort, error) { return []netip.AddrPort{sender()}, nil },
		Confirm: func(number uint64) { answered <- number },
		Dial:    func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil },
		Now:     func() time.Time { return began },
	})
	s.SetPorts([]splitter.Port{{Row: "1", Name: "p1", Owner: splitter.Pod{Namespace: "team-a", Name: "one"}}, {Row: "2", Name: "p2", Owner: splitter.Pod{Namespace: "team-b", Name: "two"}}})
	s.SetBridge(123, 1)
	s.SetExports([]splitter.Export{
		{Key: splitter.Key{Namespace: "team-a", Name: "siem"}, Domain: 1, Collectors: []netip.AddrPort{tenantCollector(1)}},
		{Key: splitter.Key{Namespace: "team-b", Name: "siem"}, Domain: 2, Collectors: []netip.AddrPort{tenantCollector(2)}},
	})
	for _, datagram := range templates {
		s.Handle(sender(), datagram)
	}
	start := time.Now()
	for i := range perRate {
		s.Handle(sender(), records[i%len(records)])
		if i%500 == 499 { // as after 20 ms with 25,000 records a second
			s.Flush()
			s.Confirmed(<-answered)
		}
	}
	taken := time.Since(start).Seconds()
	totals := s.Totals()
	s.Close(nil)
	if totals.Records != perRate {
		return 0, fmt.Errorf("%d of %d records were selected", totals.Records, perRate)
	}
	return perRate / taken, nil
}
