package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/node"
	"sluice/applier/source"
	"sluice/cmd/internal/flags"
	"sluice/cmd/internal/logging"
	"sluice/cmd/internal/suggest"
	versioncommand "sluice/cmd/internal/version"
	"sluice/internal/health"
	"sluice/internal/informer"
	informermetrics "sluice/internal/informer/metrics"
	"sluice/internal/kube"
)

// agentFlags are the flags of the program.
type agentFlags struct {
	kubeconfig, node, mode          string
	bridge, runDir, logDir, db, nb  string
	proc                            string
	resync, poll, holdDown, timeout time.Duration
	lease, probe, watchGrace        time.Duration
	linger                          time.Duration
	lockFile                        string
	maxRepairs, writeBurst          int
	metricsBind, healthBind         string
	logLevel, logFormat             string
}

func newCommand(getenv func(string) string) *cobra.Command {
	var f agentFlags
	command := &cobra.Command{
		Use:   "sluice-agent",
		Short: "Apply the accepted collectors to this node's Open vSwitch",
		Long: `Apply the accepted lists of collectors to this node's Open vSwitch, check whether records
are sent, and report the result in the NodeFlowExport with the node's name.

The agent watches the Network.operator "cluster", the ConfigMap ovs-flows-config, the
FlowExportProfiles and its own Node, and writes with ovs-vsctl and ovn-nbctl. When the agent
ends, export continues unchanged.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(command *cobra.Command, _ []string) error { return f.run(command.Context(), command.ErrOrStderr()) },
	}
	or := func(name, fallback string) string {
		if value := getenv(name); value != "" {
			return value
		}
		return fallback
	}
	set := command.Flags()
	set.StringVar(&f.kubeconfig, "kubeconfig", getenv("KUBECONFIG"), "path to a kubeconfig file; by default the pod's service account (env KUBECONFIG)")
	set.StringVar(&f.node, "node", getenv("NODE_NAME"), "name of this node (env NODE_NAME; required)")
	set.StringVar(&f.mode, "mode", or("SLUICE_MODE", "enforce"), "enforce: apply the configuration; observe: only read and report; cleanup: remove what Sluice configured (env SLUICE_MODE)")
	set.StringVar(&f.bridge, "bridge", or("SLUICE_BRIDGE", "br-int"), "bridge whose traffic is exported (env SLUICE_BRIDGE)")
	set.StringVar(&f.runDir, "ovs-rundir", or("OVS_RUNDIR", "/var/run/openvswitch"), "run directory of Open vSwitch, with its sockets (env OVS_RUNDIR)")
	set.StringVar(&f.logDir, "ovs-logdir", or("OVS_LOGDIR", "/var/log/openvswitch"), "directory of ovs-vswitchd.log, which is read for errors of collectors (env OVS_LOGDIR)")
	set.StringVar(&f.db, "ovs-db", getenv("SLUICE_OVS_DB"), "address of ovsdb-server (env SLUICE_OVS_DB; default unix:RUNDIR/db.sock)")
	set.StringVar(&f.nb, "ovn-nb-db", getenv("OVN_NB_DB"), "address of this node's OVN northbound database, required to export dropped packets (env OVN_NB_DB)")
	set.StringVar(&f.proc, "proc", or("SLUICE_PROC", "/proc"), "path where the host's /proc is mounted (env SLUICE_PROC)")
	set.DurationVar(&f.resync, "resync", 2*time.Minute, "approximate interval of reconciliation without a change")
	set.DurationVar(&f.poll, "poll", 10*time.Second, "interval for checking the state of collectors")
	set.DurationVar(&f.probe, "probe-interval", 30*time.Second, "approximate interval of an empty datagram to each collector, which shows whether it refuses; 0 sends none")
	set.DurationVar(&f.lease, "lease", source.DefaultLease, "duration of the agent's Lease, after which it counts as dead; renewed 2.5 times per duration")
	set.DurationVar(&f.linger, "flowexport-linger", 5*time.Minute, "how long the target for FlowExports stays in the IPFIX row after the last pod or FlowExport left; each change makes ovs-vswitchd open the sockets of all collectors again")
	set.DurationVar(&f.watchGrace, "watch-grace", time.Minute, "how long the watch of an object may fail before the condition Synced says so")
	set.DurationVar(&f.holdDown, "hold-down", 30*time.Second, "how long to wait before repairing another program's change")
	set.IntVar(&f.maxRepairs, "max-repairs", 5, "maximum repairs of one format per hour, after which the condition Conflict is set")
	set.IntVar(&f.writeBurst, "write-burst", 60, "maximum writes to Open vSwitch without a pause; it grows again by one every 5s, and writing again what another program undid counts 6 times")
	set.StringVar(&f.lockFile, "lock-file", "", "lock of the node; only the agent that has it writes to Open vSwitch (default RUNDIR/sluice-agent.lock)")
	set.DurationVar(&f.timeout, "ovs-timeout", 5*time.Second, "timeout of an Open vSwitch tool")
	set.StringVar(&f.metricsBind, "metrics-bind", ":8081", "address for /metrics; empty to disable")
	set.StringVar(&f.healthBind, "health-bind", ":8082", "address for /healthz and /readyz; empty to disable")
	set.StringVar(&f.logLevel, "log-level", "info", "log level: info or debug")
	set.StringVar(&f.logFormat, "log-format", "json", "log format: json or text")
	command.AddCommand(newPlanCommand(getenv), versioncommand.Command("sluice-agent", version))
	return suggest.Usage(versioncommand.Flag(command, version))
}

func (f *agentFlags) run(ctx context.Context, stderr io.Writer) error {
	mode, err := f.check()
	if err != nil {
		return err
	}
	log, flush, err := logging.New(f.logLevel, f.logFormat, stderr)
	if err != nil {
		return err
	}
	defer flush()
	// There is one agent on every node, where memory is worth more than the time that it takes
	// to collect garbage more often.
	debug.SetGCPercent(50)
	ctrllog.SetLogger(log)
	klog.SetLogger(log) // client-go's
	config, err := clientcmd.BuildConfigFromFlags("", f.kubeconfig)
	if err != nil {
		return fmt.Errorf("no access to the API server: %w; set --kubeconfig, or run in a pod with a service account", err)
	}
	config.UserAgent = "sluice-agent"
	client, err := kube.NewClient(config)
	if err != nil {
		return fmt.Errorf("no access to the API server: %w", err)
	}
	silence := informermetrics.NewSilence()
	cluster, err := source.New(client, f.node, log, informer.Measure(silence.Add))
	if err != nil {
		return err
	}
	cluster.Grace = f.watchGrace
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), silence)
	heartbeat := source.NewHeartbeat(cluster, f.lease, time.Now)
	events := source.NewEvents(ctx, cluster)
	defer events.Stop()
	watch := node.NewWatch(f.db, log)
	vswitchd := node.Vswitchd{RunDir: f.runDir, Proc: f.proc}
	tail := &node.LogTail{Path: filepath.Join(f.logDir, "ovs-vswitchd.log")}
	defer tail.Close()
	a := agent.New(agent.Config{
		Node: f.node, Mode: mode, Bridge: f.bridge, HasNorthbound: f.nb != "",
		OVS: node.Client{
			Runner: node.Exec{}, Database: f.db, Northbound: f.nb, Bridge: f.bridge,
			Management: filepath.Join(f.runDir, f.bridge+".mgmt"), Control: vswitchd.Control, Timeout: f.timeout,
		},
		Vswitchd: vswitchd, Timeout: f.timeout, VswitchdLog: tail,
		Probe: new(node.Prober).Probe, ProbeInterval: f.probe,
		Source: cluster, Changes: watch.Changes(), Listen: agent.ListenLocally, Dial: agent.DialUDP, Addresses: node.Addresses, Confirm: watch.Confirm, Alive: heartbeat.Alive,
		Resync: f.resync, Poll: f.poll, HoldDown: f.holdDown, MaxRepairs: f.maxRepairs, Linger: f.linger,
		WriteBurst: f.writeBurst, Lock: &node.Lock{Path: f.lockFile}, Record: events.Record,
		Now: time.Now, Registry: registry, Log: log,
	})
	watch.Listener = a
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.Run(ctx) })
	group.Go(func() error { return heartbeat.Run(ctx) })
	group.Go(func() error { return watch.Run(ctx) })
	group.Go(func() error { return health.Serve(ctx, f.metricsBind, health.Metrics(registry)) })
	group.Go(func() error { return health.Serve(ctx, f.healthBind, health.Probes(ready(a))) })
	log.Info("agent started", "node", f.node, "mode", f.mode, "bridge", f.bridge, "database", f.db)
	return group.Wait()
}

// check checks the flags.
func (f *agentFlags) check() (v1alpha1.Mode, error) {
	modes := map[string]v1alpha1.Mode{
		"enforce": v1alpha1.ModeEnforce, "observe": v1alpha1.ModeObserve, "cleanup": v1alpha1.ModeCleanup,
	}
	mode, ok := modes[strings.ToLower(f.mode)]
	switch {
	case !ok:
		return "", fmt.Errorf("--mode: %q is unknown; use enforce, observe or cleanup", f.mode)
	case f.node == "":
		return "", errors.New("--node is required; in a pod, set the environment variable NODE_NAME from spec.nodeName")
	case f.resync <= 0 || f.poll <= 0 || f.timeout <= 0:
		return "", errors.New("--resync, --poll and --ovs-timeout must be greater than 0")
	case f.probe < 0 || f.probe > 0 && f.probe < time.Second:
		return "", fmt.Errorf("--probe-interval: %s is not valid; use at least 1s, or 0 for no probes", f.probe)
	case f.lease < time.Second || f.lease%time.Second != 0 || f.lease < 3*f.poll:
		return "", fmt.Errorf("--lease: %s is not valid; use whole seconds, at least 3 times --poll (%s)", f.lease, f.poll)
	case f.linger < 0:
		return "", errors.New("--flowexport-linger must not be negative")
	case f.watchGrace < 0:
		return "", errors.New("--watch-grace must not be negative")
	case f.writeBurst < 1:
		return "", errors.New("--write-burst must be at least 1")
	case f.holdDown < 0 || f.maxRepairs < 1:
		return "", errors.New("--hold-down must not be negative, and --max-repairs must be at least 1")
	}
	if err := flags.Distinct(flags.Address{Flag: "health-bind", Address: f.healthBind}, flags.Address{Flag: "metrics-bind", Address: f.metricsBind}); err != nil {
		return "", err
	}
	if f.lockFile == "" {
		f.lockFile = filepath.Join(f.runDir, "sluice-agent.lock")
	}
	if f.db == "" {
		f.db = "unix:" + filepath.Join(f.runDir, "db.sock")
	}
	return mode, nil
}

func ready(a *agent.Agent) func(*http.Request) error {
	return func(*http.Request) error {
		if !a.Ready() {
			return errors.New("the cluster or this node's Open vSwitch has not been read yet, or another agent has the node's lock")
		}
		return nil
	}
}
