package node

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Nfcapd is a running nfcapd. It receives NetFlow and IPFIX on one port.
type Nfcapd struct {
	network *Network
	dir     string
	process *process
}

// NfdumpFlow is a record as printed by nfdump. Packets and bytes are correct for NetFlow only: the IPFIX
// of Open vSwitch also has totals of the exporter, which nfdump 1.7.1 prints instead.
type NfdumpFlow struct {
	Source      string
	Destination string
	SourcePort  int `json:"src_port"`
	DestPort    int `json:"dst_port"`
	Protocol    int `json:"proto"`
	Packets     int `json:"in_packets"`
	Bytes       int `json:"in_bytes"`
	Input       int `json:"input_snmp"`
	Output      int `json:"output_snmp"`
}

// nfdumpRecord has the addresses in the fields of nfdump.
type nfdumpRecord struct {
	NfdumpFlow
	Source4      string `json:"src4_addr"`
	Destination4 string `json:"dst4_addr"`
	Source6      string `json:"src6_addr"`
	Destination6 string `json:"dst6_addr"`
}

// StartNfcapd starts nfcapd in the outside namespace. address is an IP address and a port, and dir an
// empty folder for its files.
func StartNfcapd(ctx context.Context, network *Network, address, dir string) (*Nfcapd, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	// It starts a new file every 2 seconds, its minimum, and only complete files are read.
	args := []string{"-t", "2", "-w", dir, "-p", port, "-b", host}
	if strings.Contains(host, ":") {
		args = append(args, "-6")
	}
	cmd := exec.Command(network.programs.Path("nfcapd"), args...) //nolint:noctx // Stop ends it
	p, err := startCollector(ctx, network, address, cmd, filepath.Join(dir, "nfcapd.log"))
	if err != nil {
		return nil, err
	}
	return &Nfcapd{network: network, dir: dir, process: p}, nil
}

// Flows lists what was received up to 2 seconds ago, and all of it after Stop.
func (c *Nfcapd) Flows(ctx context.Context) ([]NfdumpFlow, error) {
	files, err := filepath.Glob(filepath.Join(c.dir, "nfcapd.2*"))
	if err != nil {
		return nil, fmt.Errorf("list the files of nfcapd: %w", err)
	}
	var flows []NfdumpFlow
	for _, file := range files {
		cmd := exec.CommandContext(ctx, c.network.programs.Path("nfdump"), "-r", file, "-o", "json")
		cmd.Env = c.network.programs.Env()
		out, err := run(cmd)
		if err != nil {
			return nil, err
		}
		var records []nfdumpRecord
		if err := json.Unmarshal([]byte(out), &records); err != nil && strings.Contains(out, "{") {
			return nil, fmt.Errorf("read what nfdump printed: %w: %s", err, out)
		}
		for _, record := range records {
			record.Source = record.Source4 + record.Source6
			record.Destination = record.Destination4 + record.Destination6
			flows = append(flows, record.NfdumpFlow)
		}
	}
	return flows, nil
}

// Log is the output of nfcapd.
func (c *Nfcapd) Log() (string, error) {
	text, err := os.ReadFile(c.process.log)
	if err != nil {
		return "", fmt.Errorf("read the log: %w", err)
	}
	return string(text), nil
}

// Stop ends nfcapd, which first writes its records.
func (c *Nfcapd) Stop() { c.process.stop(syscall.SIGTERM, collectorGrace) }
