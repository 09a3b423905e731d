package ovs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// FlowTable is how full the datapath's flow table is, from "ovs-appctl upcall/show".
// NetFlow makes it fuller: one entry for each connection.
type FlowTable struct {
	Current, Limit uint64
	// DumpDuration is how long one look through the table takes.
	DumpDuration time.Duration
}

// ParseFlowTable reads what "ovs-appctl upcall/show" prints, the fullest datapath if there
// are several.
func ParseFlowTable(text string) (FlowTable, error) {
	flows := regexp.MustCompile(`\(current (\d+)\).*\(limit (\d+)\)`)
	duration := regexp.MustCompile(`dump duration *: *(\d+)ms`)
	var fullest FlowTable
	found := false
	for block := range strings.SplitSeq(text, "flows  ") {
		match := flows.FindStringSubmatch(block)
		if match == nil {
			continue
		}
		var t FlowTable
		t.Current, _ = strconv.ParseUint(match[1], 10, 64) // digits only; the largest number if it is larger
		t.Limit, _ = strconv.ParseUint(match[2], 10, 64)
		if d := duration.FindStringSubmatch(block); d != nil {
			n, _ := strconv.ParseUint(d[1], 10, 32)
			t.DumpDuration = time.Duration(n) * time.Millisecond
		}
		if !found || t.Current > fullest.Current {
			fullest, found = t, true
		}
	}
	if !found {
		return FlowTable{}, fmt.Errorf("no flow table in %q", firstLine(text))
	}
	return fullest, nil
}

// Lookups count what became of packets in the datapath, from "ovs-appctl dpctl/show".
type Lookups struct {
	Hit uint64
	// Missed packets went up to ovs-vswitchd, each an upcall.
	Missed uint64
	// Lost packets should have gone up, but there was no room: they are dropped.
	Lost uint64
}

// ParseLookups reads what "ovs-appctl dpctl/show" prints, all datapaths together.
func ParseLookups(text string) (Lookups, error) {
	lines := regexp.MustCompile(`lookups: hit:(\d+) missed:(\d+) lost:(\d+)`).FindAllStringSubmatch(text, -1)
	if lines == nil {
		return Lookups{}, fmt.Errorf("no counters of lookups in %q", firstLine(text))
	}
	var sum Lookups
	for _, match := range lines {
		for i, counter := range []*uint64{&sum.Hit, &sum.Missed, &sum.Lost} {
			n, err := strconv.ParseUint(match[i+1], 10, 64)
			if err != nil {
				return Lookups{}, fmt.Errorf("counter of lookups: %w", err)
			}
			*counter += n
		}
	}
	return sum, nil
}
