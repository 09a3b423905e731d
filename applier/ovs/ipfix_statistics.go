package ovs

import (
	"fmt"
	"strconv"
	"strings"
)

// IPFIXStatistics are ovs-vswitchd's counters of a bridge's IPFIX exporter. They are
// reset when the exporter's settings change.
type IPFIXStatistics struct {
	Flows, CurrentFlows uint64
	SampledPackets      uint64
	// SentPackets are datagrams handed to the network, for all targets together.
	SentPackets uint64
	// SendErrors are datagrams that a target refused or that could not be sent.
	SendErrors uint64
	// PacketErrors are samples that could not be exported.
	PacketErrors uint64
}

// ParseIPFIXStatistics reads what "ovs-ofctl dump-ipfix-bridge" prints.
func ParseIPFIXStatistics(text string) (IPFIXStatistics, error) {
	_, counters, found := strings.Cut(text, "bridge ipfix:")
	if !found {
		return IPFIXStatistics{}, fmt.Errorf("no counters in %q", firstLine(text))
	}
	values := map[string]uint64{}
	for part := range strings.SplitSeq(strings.ReplaceAll(counters, "\n", ","), ",") {
		name, number, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return IPFIXStatistics{}, fmt.Errorf("counter %q: %w", name, err)
		}
		values[name] = n
	}
	var s IPFIXStatistics
	for name, counter := range map[string]*uint64{
		"flows": &s.Flows, "current flows": &s.CurrentFlows, "sampled pkts": &s.SampledPackets,
		"tx pkts": &s.SentPackets, "tx errs": &s.SendErrors, "pkts errs": &s.PacketErrors,
	} {
		if *counter, found = values[name]; !found {
			return IPFIXStatistics{}, fmt.Errorf("no counter %q in %q", name, firstLine(counters))
		}
	}
	return s, nil
}

// ParsePassed reads from "ovs-ofctl dump-aggregate" how many packets the flows of a bridge matched. The number also
// changes with the flows.
func ParsePassed(text string) (uint64, error) {
	_, rest, found := strings.Cut(text, "packet_count=")
	if !found {
		return 0, fmt.Errorf("no packet_count in %q", firstLine(text))
	}
	number, _, _ := strings.Cut(firstLine(rest), " ")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("packet_count: %w", err)
	}
	return n, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
