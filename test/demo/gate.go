package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sluice/test/harness/cluster"
)

// run runs all chapters.
func run(ctx context.Context, n *narrator) (err error) {
	s, err := setUp(ctx, n)
	defer func() { err = errors.Join(err, s.tearDown()) }()
	if err != nil {
		return err
	}
	for _, chapter := range []func(context.Context) error{
		s.documentation, s.badLists, s.secondDoor, s.oldObject, s.policies, s.nodes, s.records, s.repair, s.tenants, s.outage,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}

const documentedPatch = `spec:
  exportNetworkFlows:
    netFlow:
      collectors:
        - 192.168.1.99:2056
`

const documentedOutput = `{"netFlow":{"collectors":["192.168.1.99:2056"]}}`

// documentation runs the steps of "Tracking network flows" unchanged.
func (s *stage) documentation(ctx context.Context) error {
	s.chapter("1. The procedures of the documentation work unchanged")
	manifest := "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata:\n  name: cluster\n" + documentedPatch
	apply := cluster.Command{Stdin: manifest, Args: []string{"apply", "--server-side", "-f", "-"}}
	patch := cluster.Command{Args: []string{"patch", "network.operator", "cluster", "--type", "merge", "-p", documentedPatch}}
	read := cluster.Command{Args: []string{"get", "network.operator", "cluster", "-o", "jsonpath={.spec.exportNetworkFlows}"}}
	remove := cluster.Command{Args: []string{"patch", "network.operator", "cluster", "--type=json", `-p=[{"op":"remove", "path":"/spec/exportNetworkFlows"}]`}}
	const removed = "network.operator.openshift.io/cluster patched\n"
	for _, step := range []struct {
		say  string
		cmd  cluster.Command
		show string
		want string
	}{
		{"Apply the manifest that configures a NetFlow collector:", apply, "", "network.operator.openshift.io/cluster serverside-applied\n"},
		{"Remove all collectors:", remove, "", removed},
		{"Or write the patch file netflow.yaml:\n" + indent(documentedPatch, "      ") + "\nand patch the object with it:", patch, `patch network.operator cluster --type merge -p "$(cat netflow.yaml)"`, removed},
		{"Confirm that the field is configured:", read, "", documentedOutput},
		{"Remove all collectors again:", remove, "", removed},
		{"Nothing is exported:", read, "", ""},
	} {
		s.say(step.say)
		step.cmd.User = cluster.NetAdmin
		if step.show == "" {
			step.show = display(step.cmd)
		}
		s.command("with Sluice", "kubectl "+step.show)
		result, err := s.guarded.Run(ctx, step.cmd)
		if err != nil {
			return err
		}
		s.output(strings.TrimRight(result.All(), "\n")+"\n", !result.OK())
		s.check(result.OK() && result.Stderr == "" && result.Stdout == step.want, fmt.Sprintf("the documentation prints %q", step.want))
	}
	return nil
}

// badList is an invalid list, with the expected answer of each cluster.
type badList struct {
	title  string
	flows  string
	today  want
	sluice want
	// stores is what the cluster with Sluice must store.
	stores string
}

const regularExpression = "should match '^(([0-9]"

func badLists() []badList {
	eleven := make([]string, 11)
	for i := range eleven {
		eleven[i] = fmt.Sprintf("%q", fmt.Sprintf("192.0.2.%d:2055", i+1))
	}
	accepted, patched := want{}, "network.operator.openshift.io/cluster patched"
	refused := func(text string) want { return want{refused: true, text: text} }
	return []badList{
		{"An octet with a leading zero. It is accepted today, and ovnkube-node then fails on every node that restarts:", `{"netFlow":{"collectors":["10.0.0.01:2055"]}}`, accepted, refused(`write "10.0.0.1:2055"`), ""},
		{"A port is missing:", `{"netFlow":{"collectors":["192.168.1.99"]}}`, refused(regularExpression), refused(`write "192.168.1.99:2055"`), ""},
		{"A host name:", `{"ipfix":{"collectors":["collector.example.com:4739"]}}`, refused(regularExpression), refused("is a host name"), ""},
		{"IPv6:", `{"sFlow":{"collectors":["[2001:db8::1]:6343"]}}`, refused(regularExpression), refused("[sluice/ipv6]"), ""},
		{"A port out of range, a CIDR, a URL and a number. The answer lists every mistake with its field:", `{"netFlow":{"collectors":["192.0.2.1:70000","10.0.0.0/24:2055"]},"ipfix":{"collectors":["http://192.0.2.1:4739/",4739]}}`, refused("should match"), refused("ipfix.collectors[1]: is a number (4739)"), ""},
		{"An address that is never a destination. It is accepted today, and each node would send to itself:", `{"netFlow":{"collectors":["0.0.0.0:2055"]}}`, accepted, refused("unspecified address"), ""},
		{"Shell text that would become part of a command line on each node:", `{"netFlow":{"collectors":["192.0.2.1:2055;reboot"]}}`, refused(regularExpression), refused("[sluice/shell-text]"), ""},
		{"Eleven collectors:", `{"netFlow":{"collectors":[` + strings.Join(eleven, ",") + `]}}`, refused("must have at most 10 items"), refused("has 11 collectors"), ""},
		{"Duplicates, which have caused an outage. One is kept, with a warning:", `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.1:2055"]}}`, accepted, want{text: patched}, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`},
		{"White space, a leading zero in a port, and a scheme are normalized:", `{"ipfix":{"collectors":[" 192.0.2.1:4739 ","192.0.2.2:04739","udp://192.0.2.3:4739"]}}`, refused(regularExpression), want{text: patched}, `{"ipfix":{"collectors":["192.0.2.1:4739","192.0.2.2:4739","192.0.2.3:4739"]}}`},
		{"One string with two collectors instead of a list:", `{"netFlow":{"collectors":"192.0.2.1:2055,192.0.2.2:2055"}}`, refused("must be of type array"), want{text: patched}, `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.2:2055"]}}`},
		{"An empty list means off:", `{"netFlow":{"collectors":[]}}`, refused("should have at least 1 items"), want{text: patched}, ""},
		{"Well-formed, but probably a mistake: accepted with warnings.", `{"sFlow":{"collectors":["127.0.0.1:6343","10.128.0.9:6343"]}}`, accepted, want{text: "is in the pod network"}, `{"sFlow":{"collectors":["127.0.0.1:6343","10.128.0.9:6343"]}}`},
	}
}

// badLists sends each list to both clusters.
func (s *stage) badLists(ctx context.Context) error {
	s.chapter("2. Invalid lists: the answers of a cluster today, and with Sluice")
	for _, list := range badLists() {
		if err := s.clear(ctx); err != nil {
			return err
		}
		s.say(list.title)
		command := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + list.flows + `}}`}}
		if err := s.kubectl(ctx, "today      ", s.today, command, list.today); err != nil {
			return err
		}
		if err := s.kubectl(ctx, "with Sluice", s.guarded, command, list.sluice); err != nil {
			return err
		}
		if err := s.stores(ctx, list.stores, !list.sluice.refused); err != nil {
			return err
		}
	}
	return s.clear(ctx)
}

// stores checks what the cluster with Sluice stores, and prints it if asked to.
func (s *stage) stores(ctx context.Context, flows string, show bool) error {
	got, err := s.flows(ctx, s.guarded)
	if err != nil {
		return err
	}
	if show {
		text := got
		if text == "" {
			text = "nothing: export is off"
		}
		s.print("      " + s.paint(dim, "stored: "+text))
	}
	s.check(got == flows, fmt.Sprintf("stored %q, want %q", got, flows))
	return nil
}
