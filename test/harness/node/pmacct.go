package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Pmacct is a running collector of pmacct: sfacctd for sFlow, or nfacctd for NetFlow and
// IPFIX.
type Pmacct struct {
	dir     string
	process *process
}

// PmacctFlow is a record as printed by pmacct. It is the total of one second.
type PmacctFlow struct {
	Exporter    string `json:"peer_ip_src"`
	Source      string `json:"ip_src"`
	Destination string `json:"ip_dst"`
	SourcePort  int    `json:"port_src"`
	DestPort    int    `json:"port_dst"`
	Protocol    string `json:"ip_proto"`
	Input       int    `json:"iface_in"`
	Output      int    `json:"iface_out"`
	Packets     int    `json:"packets"`
	Bytes       int    `json:"bytes"`
}

// StartSfacctd starts the sFlow collector of pmacct in the outside namespace. Stop removes its files.
func StartSfacctd(ctx context.Context, network *Network, address string) (*Pmacct, error) {
	return startPmacct(ctx, network, "sfacctd", address)
}

// StartNfacctd starts the NetFlow and IPFIX collector of pmacct in the outside namespace.
func StartNfacctd(ctx context.Context, network *Network, address string) (*Pmacct, error) {
	return startPmacct(ctx, network, "nfacctd", address)
}

func startPmacct(ctx context.Context, network *Network, name, address string) (*Pmacct, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	dir, err := network.folder(name)
	if err != nil {
		return nil, err
	}
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		return nil, fmt.Errorf("open the output: %w", err)
	}
	defer out.Close()
	//nolint:noctx // Stop ends it
	cmd := exec.Command(
		network.programs.Path(name), "-L", host, "-l", port, "-P", "print", "-O", "json", "-r", "1",
		"-c", "peer_src_ip,src_host,dst_host,src_port,dst_port,proto,in_iface,out_iface", "-F", filepath.Join(dir, "pid"),
	)
	cmd.Stdout = out
	p, err := startCollector(ctx, network, address, cmd, filepath.Join(dir, name+".log"))
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	c := &Pmacct{dir: dir, process: p}
	if err := c.waitReady(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// waitReady waits until the printing process has read records once. The main process has its port
// before, and discards records until then.
func (c *Pmacct) waitReady(ctx context.Context) error {
	return poll(ctx, "pmacct", func(context.Context) (bool, error) {
		if err := c.process.alive(); err != nil {
			return true, err
		}
		log, err := c.Log()
		return strings.Contains(log, "Purging cache - END"), err
	})
}

// Flows lists what was received up to 2 seconds ago.
func (c *Pmacct) Flows() ([]PmacctFlow, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, "out"))
	if err != nil {
		return nil, fmt.Errorf("read what pmacct printed: %w", err)
	}
	var flows []PmacctFlow
	for line := range bytes.Lines(text) {
		// The last line may not be complete yet.
		if !bytes.HasPrefix(line, []byte("{")) || !bytes.HasSuffix(line, []byte("\n")) {
			continue
		}
		var flow PmacctFlow
		if err := json.Unmarshal(line, &flow); err != nil {
			return nil, fmt.Errorf("read what pmacct printed: %w: %s", err, line)
		}
		flows = append(flows, flow)
	}
	return flows, nil
}

// Log is the output of the collector.
func (c *Pmacct) Log() (string, error) {
	text, err := os.ReadFile(c.process.log)
	if err != nil {
		return "", fmt.Errorf("read the log: %w", err)
	}
	return string(text), nil
}

// Stop ends the collector with SIGINT, because its main process ignores SIGTERM.
func (c *Pmacct) Stop() error {
	c.process.stop(syscall.SIGINT, collectorGrace)
	return os.RemoveAll(c.dir)
}
