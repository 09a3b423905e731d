package ovs

import (
	"strconv"

	"sluice/validation"
)

// Column is a column of the table NetFlow, sFlow or IPFIX that Sluice sets. Columns that
// are not listed here are left as they are.
type Column string

// The columns. Times are in seconds, sampling is 1 packet in n, Header is in bytes.
const (
	ActiveTimeout      Column = "active_timeout"       // NetFlow: a busy flow is reported this often
	Agent              Column = "agent"                // sFlow: a device or an address that names the node
	Sampling           Column = "sampling"             // sFlow and IPFIX
	Polling            Column = "polling"              // sFlow: interface counters are sent this often
	Header             Column = "header"               // sFlow: how much of a sampled packet is sent
	CacheActiveTimeout Column = "cache_active_timeout" // IPFIX: a busy flow is reported this often
	CacheMaxFlows      Column = "cache_max_flows"      // IPFIX: 0 sends a datagram for each sample
	ObservationDomain  Column = "obs_domain_id"        // IPFIX: the exporter's observation domain
	TemplateInterval   Column = "template_interval"    // IPFIX: since Open vSwitch 3.2
)

// ColumnsOf lists the columns of a format's table in the order in which plans set them.
func ColumnsOf(f validation.Format) []Column {
	switch f {
	case validation.NetFlow:
		return []Column{ActiveTimeout}
	case validation.SFlow:
		return []Column{Agent, Sampling, Polling, Header}
	case validation.IPFIX:
		return []Column{Sampling, CacheActiveTimeout, CacheMaxFlows, ObservationDomain, TemplateInterval}
	}
	return nil
}

// defaultOf is what ovs-vswitchd uses where a column is not set.
func defaultOf(c Column) string {
	switch c {
	case ActiveTimeout, TemplateInterval:
		return "600"
	case Sampling:
		return "400"
	case Polling:
		return "30"
	case Header:
		return "128"
	case CacheActiveTimeout, CacheMaxFlows, ObservationDomain:
		return "0"
	case Agent:
	}
	return ""
}

// effective is the value that ovs-vswitchd uses for a stored one, in one spelling. NetFlow's
// active timeout is the exception to "what is stored counts": 0 and negative numbers all
// mean 600 seconds, whatever the manual says of -1.
func effective(c Column, stored string) string {
	if stored == "" {
		return defaultOf(c)
	}
	n, err := strconv.ParseInt(stored, 10, 64)
	switch {
	case isText(c) || err != nil:
		return stored
	case c == ActiveTimeout && n <= 0:
		return defaultOf(c)
	}
	return strconv.FormatInt(n, 10)
}

// isText tells the columns that hold text, which needs quotes.
func isText(c Column) bool { return c == Agent }

// TableOf is the OVSDB table of a format, and columnOf its column in table Bridge.
func TableOf(f validation.Format) string { return f.String() }

func columnOf(f validation.Format) string {
	switch f {
	case validation.NetFlow:
		return "netflow"
	case validation.SFlow:
		return "sflow"
	case validation.IPFIX:
		return "ipfix"
	}
	return ""
}
