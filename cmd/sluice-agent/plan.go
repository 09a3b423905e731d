package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/applier/desired"
	"sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/applier/preview"
	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/input"
)

// planFlags are the flags of "sluice-agent plan".
type planFlags struct {
	files, labels      []string
	node, address      string
	bridge, runDir, db string
	output             string
	exitCode           bool
	timeout            time.Duration
}

func newPlanCommand(getenv func(string) string) *cobra.Command {
	var f planFlags
	command := &cobra.Command{
		Use:   "plan -f FILE...",
		Short: "Show what manifests would change in this machine's Open vSwitch",
		Long: `Show what manifests would change in this machine's Open vSwitch: a Network.operator, a patch
of one ("spec:" only), the ConfigMap ovs-flows-config, or FlowExportProfiles. Nothing is
changed. No cluster is needed; see "kubectl sluice plan" for one, which also asks the API
server what it would store. Profiles get the defaults of their schema.

Exit status: 0 for success, 1 if an entry is malformed, a profile has a value that its schema
refuses or, with --exit-code, if something would change, 2 if Open vSwitch or a file can't be
read.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return f.run(command.Context(), command.InOrStdin(), command.OutOrStdout())
		},
	}
	runDir := getenv("OVS_RUNDIR")
	if runDir == "" {
		runDir = "/var/run/openvswitch"
	}
	flags := command.Flags()
	flags.StringArrayVarP(&f.files, "filename", "f", nil, "file with manifests, - for standard input (repeatable; required)")
	flags.StringVar(&f.node, "node", getenv("NODE_NAME"), "name of the node, for observationDomain: PerNode (env NODE_NAME)")
	flags.StringArrayVar(&f.labels, "node-label", nil, "label of the node for profiles' node selectors, KEY=VALUE (repeatable)")
	flags.StringVar(&f.address, "node-address", "", "address of the node, for the ConfigMap's nodePort")
	flags.StringVar(&f.bridge, "bridge", "br-int", "bridge whose traffic is exported")
	flags.StringVar(&f.runDir, "ovs-rundir", runDir, "run directory of Open vSwitch (env OVS_RUNDIR)")
	flags.StringVar(&f.db, "ovs-db", getenv("SLUICE_OVS_DB"), "address of ovsdb-server (env SLUICE_OVS_DB; default unix:RUNDIR/db.sock)")
	flags.StringVarP(&f.output, "output", "o", "text", "output format: text, or argv for the command that makes the changes")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 1 if something would change")
	flags.DurationVar(&f.timeout, "ovs-timeout", 5*time.Second, "timeout of an Open vSwitch tool")
	return command
}

func (f *planFlags) run(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	if len(f.files) == 0 {
		return errors.New("-f is required: a file with manifests, or - for standard input")
	}
	if f.output != "text" && f.output != "argv" {
		return fmt.Errorf("--output: %q is unknown; use text or argv", f.output)
	}
	in, err := f.inputs(stdin)
	if err != nil {
		return err
	}
	if f.db == "" {
		f.db = "unix:" + filepath.Join(f.runDir, "db.sock")
	}
	state, err := node.Client{Runner: node.Exec{}, Database: f.db, Bridge: f.bridge, Timeout: f.timeout}.Read(ctx)
	if err != nil {
		return fmt.Errorf("read Open vSwitch: %w", err)
	}
	if state.Bridge == nil {
		return fmt.Errorf("bridge %s does not exist in %s; set --bridge to another name", f.bridge, f.db)
	}
	change, err := preview.FromState(in, state)
	if err != nil {
		return err
	}
	for _, entry := range change.Skipped {
		fmt.Fprintln(stdout, "skipped: "+entry)
	}
	if len(change.Unsupported) > 0 {
		fmt.Fprintln(stdout, "not supported by the node's Open vSwitch: "+ovs.Requirements(change.Unsupported))
	}
	if change.HandsOff != "" {
		fmt.Fprintln(stdout, "nothing is changed: "+change.HandsOff)
	}
	text := change.Text()
	if f.output == "argv" {
		if text, err = argv(f.db, change.Plan); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprint(stdout, text); err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	if len(change.Skipped) > 0 || f.exitCode && len(change.Plan.Steps) > 0 && change.HandsOff == "" {
		return exit.With(exit.Negative)
	}
	return nil
}

// inputs reads the files.
func (f *planFlags) inputs(stdin io.Reader) (desired.Inputs, error) {
	in := desired.Inputs{Node: desired.Node{Name: f.node, Labels: map[string]string{}}}
	for _, label := range f.labels {
		key, value, ok := strings.Cut(label, "=")
		if !ok {
			return in, fmt.Errorf("--node-label: %q is not KEY=VALUE", label)
		}
		in.Node.Labels[key] = value
	}
	if f.address != "" {
		address, err := netip.ParseAddr(f.address)
		if err != nil {
			return in, fmt.Errorf("--node-address: %w", err)
		}
		in.Node.Address = address
	}
	_, objects, err := preview.Read(nil, nil, nil)
	if err != nil {
		return in, err
	}
	for _, name := range f.files {
		data, err := input.Read(name, stdin)
		if err != nil {
			return in, err
		}
		if err := preview.Merge(&in, name, data, objects); err != nil {
			return in, err
		}
	}
	for _, id := range objects.IDs() {
		switch why, err := objects.Refused(id); {
		case err != nil:
			return in, err
		case why != "":
			return in, exit.Error{Status: exit.Negative, Err: fmt.Errorf("an API server would refuse %s: %s", id, why)}
		}
	}
	return in, nil
}

// argv is the command as one would type it.
func argv(db string, plan ovs.Plan) (string, error) {
	if plan.Empty() {
		return "", nil
	}
	command := append([]string{"ovs-vsctl", "--db=" + db}, plan.Arguments()...)
	if plan.ForOperations() {
		transaction, err := json.Marshal(plan.Operations())
		if err != nil {
			return "", fmt.Errorf("encode the transaction: %w", err)
		}
		command = []string{"ovsdb-client", "transact", db, string(transaction)}
	}
	var words []string
	for _, a := range command {
		if strings.ContainsAny(a, " \"'[]*?$&|;<>(){}\\`#~!") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ") + "\n", nil
}
