package readers

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Row is a row that ovnkube-node creates in Open vSwitch.
type Row struct {
	// Targets has no particular order.
	Targets []string
	Columns map[string]string
}

// Rows are the rows of br-int; nil is none.
type Rows struct{ NetFlow, SFlow, IPFIX *Row }

// Start returns the rows that ovnkube-node sets when it starts on a node with this address. An error
// keeps it from starting.
//
// Sources: bindata/network/ovn-kubernetes/common/008-script-lib.yaml of the operator (the flags
// are not quoted, so the shell splits them at white space), and of ovn-kubernetes
// go-controller/pkg/config/config.go (completeMonitoringConfig), pkg/config/utils.go
// (ParseFlowCollectors) and pkg/node/default_node_network_controller.go (setOVSFlowTargets).
func Start(env Environment, nodeAddress string) (Rows, error) {
	flags, err := commandLine(env)
	if err != nil {
		return Rows{}, err
	}
	var rows Rows
	for _, table := range []struct {
		flag    string
		row     **Row
		columns map[string]string
	}{
		{"--netflow-targets", &rows.NetFlow, map[string]string{"active_timeout": "60"}},
		{"--sflow-targets", &rows.SFlow, map[string]string{"agent": "ovn-k8s-mp0"}},
		{"--ipfix-targets", &rows.IPFIX, nil},
	} {
		text := flags[table.flag]
		if text == "" {
			continue
		}
		targets, err := parseTargets(text, nodeAddress)
		if err != nil {
			return Rows{}, fmt.Errorf("%s %s: %w", table.flag, text, err)
		}
		if table.flag == "--ipfix-targets" {
			if table.columns, err = ipfixColumns(flags); err != nil {
				return Rows{}, err
			}
		}
		*table.row = &Row{Targets: targets, Columns: table.columns}
	}
	return rows, nil
}

// commandLine is what the script passes on, by flag. A word that belongs to no flag ends the flags.
// Because those of the network follow, ovnkube-node does not run as it should then.
func commandLine(env Environment) (map[string]string, error) {
	flags := map[string]string{}
	for _, f := range []struct{ flag, variable string }{
		{"--netflow-targets", "NETFLOW_COLLECTORS"},
		{"--sflow-targets", "SFLOW_COLLECTORS"},
		{"--ipfix-targets", "IPFIX_COLLECTORS"},
		{"--ipfix-cache-max-flows", "IPFIX_CACHE_MAX_FLOWS"},
		{"--ipfix-cache-active-timeout", "IPFIX_CACHE_ACTIVE_TIMEOUT"},
		{"--ipfix-sampling", "IPFIX_SAMPLING"},
	} {
		value := env[f.variable]
		if value == "" {
			continue
		}
		words := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
		if len(words) != 1 {
			return nil, fmt.Errorf("%s: the shell splits %q into %d words", f.flag, value, len(words))
		}
		flags[f.flag] = words[0]
	}
	return flags, nil
}

// parseTargets is ParseFlowCollectors and collectorsString: duplicates are removed before the
// address of the node is filled in, and Open vSwitch refuses a set with duplicates.
func parseTargets(text, nodeAddress string) ([]string, error) {
	var targets []string
	known, set := map[string]bool{}, map[string]bool{}
	for piece := range strings.SplitSeq(text, ",") {
		host, port, err := net.SplitHostPort(piece)
		if err != nil {
			return nil, fmt.Errorf("cannot parse hostport: %w", err)
		}
		number, err := strconv.ParseInt(port, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("port %s: %w", port, err)
		}
		address := nodeAddress
		if host != "" {
			ip := net.ParseIP(host)
			if ip == nil {
				return nil, fmt.Errorf("%s is not a valid IP", host)
			}
			address = ip.String()
		}
		key := fmt.Sprintf("%t %s %d", host == "", address, number)
		if known[key] {
			continue
		}
		known[key] = true
		if address == "" {
			return nil, fmt.Errorf("%s: the node has no address", piece)
		}
		target := net.JoinHostPort(address, strconv.FormatInt(number, 10))
		if set[target] {
			return nil, fmt.Errorf("set contains duplicate value %s", target)
		}
		set[target] = true
		targets = append(targets, target)
	}
	return targets, nil
}

// ipfixColumns are the columns of the row in table IPFIX. Open vSwitch has the ranges
// (ovs-vswitchd.conf.db(5)): a transaction with another value fails.
func ipfixColumns(flags map[string]string) (map[string]string, error) {
	columns := map[string]string{"cache_active_timeout": "60", "sampling": "400"}
	for _, c := range []struct {
		flag, column string
		least, most  uint64
	}{
		{"--ipfix-cache-active-timeout", "cache_active_timeout", 0, 4200},
		{"--ipfix-cache-max-flows", "cache_max_flows", 0, 1<<32 - 1},
		{"--ipfix-sampling", "sampling", 1, 1<<32 - 1},
	} {
		text := flags[c.flag]
		if text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.flag, err)
		}
		if n < c.least || n > c.most {
			return nil, fmt.Errorf("%s: %d is not in the range %d to %d", c.column, n, c.least, c.most)
		}
		columns[c.column] = strconv.FormatUint(n, 10)
	}
	return columns, nil
}
