package ovs

import (
	"slices"
	"strconv"
	"strings"

	"sluice/validation"
)

// ColumnName names a column of the table NetFlow, sFlow or IPFIX.
type ColumnName string

// The columns that Sluice sets. Times are in seconds, sampling is 1 packet in n.
const (
	ActiveTimeout      ColumnName = "active_timeout"       // how often a busy flow is reported
	Agent              ColumnName = "agent"                // a device or an address that identifies the node
	Sampling           ColumnName = "sampling"             // 1 packet in n
	Polling            ColumnName = "polling"              // how often interface counters are sent
	Header             ColumnName = "header"               // how many bytes of a sampled packet are sent
	CacheActiveTimeout ColumnName = "cache_active_timeout" // how often a busy flow is reported
	CacheMaxFlows      ColumnName = "cache_max_flows"      // 0 sends a datagram for each sample
	ObservationDomain  ColumnName = "obs_domain_id"        // the exporter's observation domain
	TemplateInterval   ColumnName = "template_interval"    // how often templates are sent
	StatsInterval      ColumnName = "stats_interval"       // how often the exporter's statistics are sent
)

// The columns that neither Sluice nor OVN-Kubernetes sets. Other programs may, and then the exporter
// is not the one that OVN-Kubernetes would create.
const (
	EngineType       ColumnName = "engine_type"         // in the header of NetFlow's datagrams
	EngineID         ColumnName = "engine_id"           // in the header of NetFlow's datagrams
	AddIDToInterface ColumnName = "add_id_to_interface" // changes the interfaces' numbers
	ObservationPoint ColumnName = "obs_point_id"        // in each record
	OtherConfig      ColumnName = "other_config"        // what is sampled, and a text in each record
)

// Column describes a column. external_ids has no effect on an exporter and is left as it is.
type Column struct {
	Name ColumnName
	// Formats are those whose tables have the column.
	Formats []validation.Format
	// Default is what ovs-vswitchd uses where the column is not set.
	Default string
	// Quoted says that the column holds text, which needs quotes. Others hold an integer.
	Quoted bool
	// Boolean says that it holds true or false, and Map that it holds pairs of texts, which are
	// written as a JSON object.
	Boolean, Map bool
	// Required says that the column can't be empty. Then 0 and negative numbers mean the
	// default, whatever ovs-vswitchd.conf.db(5) says of -1 (vswitchd/bridge.c).
	Required bool
	// Since is the first version of Open vSwitch that has the column; empty if all that are
	// supported have it.
	Since string
}

// columns lists the columns, those of a format in the order in which plans set them.
func columns() []Column {
	netFlow, sFlow, ipfix := []validation.Format{validation.NetFlow}, []validation.Format{validation.SFlow}, []validation.Format{validation.IPFIX}
	return []Column{
		{Name: ActiveTimeout, Formats: netFlow, Default: "600", Required: true},
		{Name: EngineType, Formats: netFlow},
		{Name: EngineID, Formats: netFlow},
		{Name: AddIDToInterface, Formats: netFlow, Default: "false", Required: true, Boolean: true},
		{Name: Agent, Formats: sFlow, Quoted: true},
		{Name: Sampling, Formats: slices.Concat(sFlow, ipfix), Default: "400"},
		{Name: Polling, Formats: sFlow, Default: "30"},
		{Name: Header, Formats: sFlow, Default: "128"},
		{Name: CacheActiveTimeout, Formats: ipfix, Default: "0"},
		{Name: CacheMaxFlows, Formats: ipfix, Default: "0"},
		{Name: ObservationDomain, Formats: ipfix, Default: "0"},
		{Name: ObservationPoint, Formats: ipfix, Default: "0"},
		{Name: OtherConfig, Formats: ipfix, Map: true},
		{Name: TemplateInterval, Formats: ipfix, Default: "600", Since: "3.2"},
		{Name: StatsInterval, Formats: ipfix, Default: "600", Since: "3.2"},
	}
}

// ColumnsOf lists the columns of a format's table in the order in which plans set them.
func ColumnsOf(f validation.Format) []Column {
	return slices.DeleteFunc(columns(), func(c Column) bool { return !slices.Contains(c.Formats, f) })
}

// column describes a column by its name. One that is not listed is an integer without a
// default.
func column(name ColumnName) Column {
	for _, c := range columns() {
		if c.Name == name {
			return c
		}
	}
	return Column{Name: name}
}

// Since is the first version of Open vSwitch that has a column; empty if all that are supported have
// it.
func Since(name ColumnName) string { return column(name).Since }

// Requirements names columns with the versions that they require, for people.
func Requirements(columns []ColumnName) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = string(c)
		if since := Since(c); since != "" {
			names[i] += " (requires Open vSwitch " + since + " or later)"
		}
	}
	return strings.Join(names, ", ")
}

// effective is the value that ovs-vswitchd uses for a stored one, in one spelling.
func (c Column) effective(stored string) string {
	if stored == "" {
		return c.Default
	}
	n, err := strconv.ParseInt(stored, 10, 64)
	switch {
	case c.Quoted || err != nil:
		return stored
	case c.Required && n <= 0:
		return c.Default
	}
	return strconv.FormatInt(n, 10)
}

// text writes a value as ovs-vsctl reads it.
func (c Column) text(value string) string {
	switch {
	case c.Quoted:
		return quote(value)
	case c.Map:
		return textMap(pairsOf(value))
	}
	return value
}

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
	case validation.Kafka, validation.OpenTelemetry, validation.Loki, validation.Unrecognized: // not of Open vSwitch
	}
	return ""
}

// WatchedColumns are the columns, by table, whose changes concern a State. Bridge:external_ids
// is not among them: ovn-controller writes there all the time. Nor are columns that not every
// version has, for which the server would refuse the whole watch.
func WatchedColumns() map[string][]string {
	watched := map[string][]string{"Flow_Sample_Collector_Set": {"id", "ipfix"}, "Bridge": {"name"}}
	for _, f := range validation.Formats() {
		watched["Bridge"] = append(watched["Bridge"], columnOf(f))
		watched[TableOf(f)] = []string{"targets"}
		for _, c := range ColumnsOf(f) {
			if c.Since == "" {
				watched[TableOf(f)] = append(watched[TableOf(f)], string(c.Name))
			}
		}
	}
	return watched
}
