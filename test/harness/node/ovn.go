package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// LogicalSwitch is the logical switch of the pods of a node with OVN.
const LogicalSwitch = "sluice"

// OVN is the OVN of one node: both databases, ovn-northd and ovn-controller, which controls br-int.
type OVN struct {
	node      *Node
	processes []*process
}

// StartOVN starts OVN on a node, with its pods as ports of a logical switch. When it returns, OVN
// forwards between them. It ends with the node.
func (n *Node) StartOVN(ctx context.Context) (*OVN, error) {
	if n.namespace == "" {
		return nil, errors.New("OVN needs a network with namespaces")
	}
	o := &OVN{node: n}
	n.ovn = o
	if err := o.start(ctx); err != nil {
		return nil, fmt.Errorf("start OVN: %w", err)
	}
	return o, nil
}

func (o *OVN) start(ctx context.Context) error {
	programs := o.node.network.programs
	if err := o.startDatabase(ctx, "ovn-nb", o.NBSocket(), programs.NorthboundSchema()); err != nil {
		return err
	}
	if err := o.startDatabase(ctx, "ovn-sb", o.SBSocket(), programs.southboundSchema()); err != nil {
		return err
	}
	if err := o.daemon("ovn-northd", "--ovnnb-db=unix:"+o.NBSocket(), "--ovnsb-db=unix:"+o.SBSocket()); err != nil {
		return err
	}
	_, err := o.node.Vsctl(
		ctx, "--no-wait", "set", "Open_vSwitch", ".", "external_ids:system-id="+o.node.Name,
		"external_ids:ovn-remote=unix:"+o.SBSocket(), "external_ids:ovn-encap-type=geneve",
		"external_ids:ovn-encap-ip="+o.node.Address(false), "external_ids:hostname="+o.node.Name,
	)
	if err != nil {
		return err
	}
	if err := o.addPods(ctx); err != nil {
		return err
	}
	if err := o.daemon("ovn-controller", "unix:"+o.node.Socket()); err != nil {
		return err
	}
	return o.wait(ctx)
}

func (o *OVN) startDatabase(ctx context.Context, name, socket, schema string) error {
	file := filepath.Join(o.node.dir, name+".db")
	if _, err := run(o.node.Command(ctx, "ovsdb-tool", "create", file, schema)); err != nil {
		return err
	}
	path := func(suffix string) string { return filepath.Join(o.node.dir, name+suffix) }
	cmd := o.node.daemon(
		"ovsdb-server", file, "--remote=punix:"+socket, "--unixctl="+path(".ctl"),
		"--pidfile="+path(".pid"), "--log-file="+path(".log"), "-vconsole:off",
	)
	return o.keep(startProcess(cmd, path(".out")))
}

func (o *OVN) daemon(name string, args ...string) error {
	args = append(args, "--pidfile", "--log-file", "-vconsole:off")
	return o.keep(startProcess(o.node.daemon(name, args...), filepath.Join(o.node.dir, name+".out")))
}

func (o *OVN) keep(p *process, err error) error {
	if err == nil {
		o.processes = append(o.processes, p)
	}
	return err
}

// addPods creates a logical port for each pod, and binds its device to it.
func (o *OVN) addPods(ctx context.Context) error {
	nb, vs := []string{"ls-add", LogicalSwitch}, []string{"--no-wait"}
	for _, p := range o.node.pods {
		addresses := fmt.Sprintf("%s %s %s", p.mac, p.ipv4, p.ipv6)
		nb = append(nb, "--", "lsp-add", LogicalSwitch, p.device, "--", "lsp-set-addresses", p.device, addresses)
		vs = append(vs, "--", "set", "Interface", p.device, "external_ids:iface-id="+p.device)
	}
	err := poll(ctx, "the northbound database", func(ctx context.Context) (bool, error) {
		_, err := os.Stat(o.NBSocket())
		return err == nil, err
	})
	if err != nil {
		return err
	}
	// ovn-controller 23.03 may crash if it starts on an empty southbound database.
	if _, err := o.Nbctl(ctx, append([]string{"--wait=sb"}, nb...)...); err != nil {
		return err
	}
	_, err = o.node.Vsctl(ctx, vs...)
	return err
}

// wait waits until the pods' ports are up and the node has the flows for them.
func (o *OVN) wait(ctx context.Context) error {
	err := poll(ctx, "the logical ports", func(ctx context.Context) (bool, error) {
		for _, p := range o.processes {
			if err := p.alive(); err != nil {
				return true, err
			}
		}
		for _, p := range o.node.pods {
			out, err := o.Nbctl(ctx, "get", "Logical_Switch_Port", p.device, "up")
			if err != nil || out != "true" {
				return false, fmt.Errorf("logical port %s is up: %q, %w", p.device, out, err)
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	return o.Sync(ctx)
}

// Sync waits until the node has applied the northbound database.
func (o *OVN) Sync(ctx context.Context) error {
	_, err := o.Nbctl(ctx, "--wait=hv", "sync")
	return err
}

// Drop adds an ACL that drops packets that match, such as "udp.dst == 5001", and waits until it is in
// force.
func (o *OVN) Drop(ctx context.Context, match string) error {
	_, err := o.Nbctl(ctx, "--wait=hv", "acl-add", LogicalSwitch, "to-lport", "1001", match, "drop")
	return err
}

// SampleDrops makes OVN sample dropped packets with the collector set of the node, and waits until that
// is in force. See Node.AddCollectorSet.
func (o *OVN) SampleDrops(ctx context.Context, set, domain uint32) error {
	_, err := o.Nbctl(
		ctx, "--wait=hv", "set", "NB_Global", ".", fmt.Sprintf("options:debug_drop_collector_set=%d", set),
		fmt.Sprintf("options:debug_drop_domain_id=%d", domain),
	)
	return err
}

// AddCollectorSet creates a Flow_Sample_Collector_Set of br-int that exports IPFIX to targets, which
// are IP addresses with ports.
func (n *Node) AddCollectorSet(ctx context.Context, id uint32, targets ...string) error {
	quoted := `"` + strings.Join(targets, `","`) + `"`
	_, err := n.Vsctl(
		ctx, "--id=@b", "get", "Bridge", Bridge, "--", "--id=@i", "create", "IPFIX", "targets=["+quoted+"]",
		"--", "create", "Flow_Sample_Collector_Set", fmt.Sprintf("id=%d", id), "bridge=@b", "ipfix=@i",
	)
	return err
}

// NBSocket is the northbound database's unix socket.
func (o *OVN) NBSocket() string { return filepath.Join(o.node.dir, "ovnnb_db.sock") }

// SBSocket is the southbound database's unix socket.
func (o *OVN) SBSocket() string { return filepath.Join(o.node.dir, "ovnsb_db.sock") }

// Nbctl runs ovn-nbctl and returns its output.
func (o *OVN) Nbctl(ctx context.Context, args ...string) (string, error) {
	return o.node.control(ctx, "ovn-nbctl", append([]string{"--db=unix:" + o.NBSocket()}, args...))
}

// Sbctl runs ovn-sbctl and returns its output.
func (o *OVN) Sbctl(ctx context.Context, args ...string) (string, error) {
	return o.node.control(ctx, "ovn-sbctl", append([]string{"--db=unix:" + o.SBSocket()}, args...))
}

// Stop ends OVN, the last process first. ovn-controller removes its flows.
func (o *OVN) Stop() {
	for _, p := range slices.Backward(o.processes) {
		p.stop(syscall.SIGTERM, grace)
	}
	o.processes = nil
}
