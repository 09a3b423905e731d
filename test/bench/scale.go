package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	ovsnode "sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/applier/source"
	"sluice/test/harness/cluster"
	"sluice/test/harness/fakeovs"
	"sluice/test/harness/nodes"
	"sluice/validation"
)

// counter counts requests by verb.
type counter struct {
	next          http.RoundTripper
	reads, writes *atomic.Int64
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		c.reads.Add(1)
	} else {
		c.writes.Add(1)
	}
	return c.next.RoundTrip(r)
}

// thousand measures 1,000 agents, as part of the benchmarks of the applier.
func (a *applier) thousand(ctx context.Context) error { return a.scale(ctx, 1000) }

// scale runs many agents in this process, each with its own watches, and one real API server. This
// process and the API server share the cores.
func (a *applier) scale(ctx context.Context, agents int) error {
	many := int64(agents)
	var reads, writes atomic.Int64
	config := a.fleet.As(cluster.Admin)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return counter{next, &reads, &writes} })
	if err := a.addNodes(ctx, agents); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	group, running := errgroup.WithContext(running)
	defer group.Wait() //nolint:errcheck // they end with their context
	defer stop()
	state, err := a.state(ctx)
	if err != nil {
		return err
	}
	switches, heartbeats := make([]*fakeovs.Switch, agents), make([]*source.Heartbeat, agents)
	for i := range agents {
		switches[i] = fakeovs.New(state)
		if heartbeats[i], err = a.simulate(running, group, rest.CopyConfig(config), nodeName(i), switches[i]); err != nil {
			return err
		}
	}
	// Polling the API server would be most of its load. The writes of the agents are counted here,
	// and the API server is read only once at the end.
	reported := func(target string, total int64) error {
		if err := nodes.Wait(ctx, 10*time.Minute, func(context.Context) string {
			if n := writes.Load(); n < total {
				return fmt.Sprintf("%d of %d writes", n, total)
			}
			return ""
		}); err != nil {
			return err
		}
		return nodes.Wait(ctx, time.Minute, func(ctx context.Context) string { return a.missing(ctx, agents, target) })
	}
	// The first report is two writes: the object, and its status.
	started := time.Now()
	if err := reported("", 2*many); err != nil {
		return err
	}
	a.add(row{fmt.Sprintf("%d agents on one API server: start → all reports stored", agents), "", millis(time.Since(started)), "", "", false})
	readsBefore, writesBefore := reads.Load(), writes.Load()
	start := time.Now()
	if err := a.export(ctx, `{"netFlow":{"collectors":["192.0.2.77:2055"]}}`); err != nil {
		return err
	}
	if err := nodes.Wait(ctx, time.Minute, func(context.Context) string {
		if i := slices.IndexFunc(switches, func(s *fakeovs.Switch) bool { return !s.Exports(validation.NetFlow, "192.0.2.77:2055") }); i >= 0 {
			return nodeName(i) + " has not converged"
		}
		return ""
	}); err != nil {
		return err
	}
	converged := time.Since(start)
	if err := reported("192.0.2.77:2055", writesBefore+many); err != nil {
		return err
	}
	told := time.Since(start)
	a.add(row{fmt.Sprintf("%d agents on one API server: patch → all converged", agents), "", millis(converged), "", target(agents, "≤ 2 s"), converged <= 2*time.Second})
	a.add(row{"the same: until all reports are stored", "", millis(told), "", target(agents, "≤ 3 s"), told <= 3*time.Second})
	a.add(row{"requests to the API server for one change, an agent: writes (reads)", "", fmt.Sprintf("%.2f (%.2f)", float64(writes.Load()-writesBefore)/float64(agents), float64(reads.Load()-readsBefore)/float64(agents)), "", "", false})
	if err := a.server(); err != nil {
		return err
	}
	if err := a.idleAgents(ctx, switches, &reads, &writes); err != nil {
		return err
	}
	return a.heartbeats(running, group, heartbeats, &writes)
}

// target is a target for 1,000 agents; there is none for other numbers.
func target(agents int, for1000 string) string {
	if agents != 1000 {
		return ""
	}
	return for1000
}

// idleAgents measures what the agents do in a minute in which nothing changes.
func (a *applier) idleAgents(ctx context.Context, switches []*fakeovs.Switch, reads, writes *atomic.Int64) error {
	transactions := func() (total int) {
		for _, s := range switches {
			_, n := s.Calls()
			total += n
		}
		return total
	}
	readsBefore, writesBefore, done := reads.Load(), writes.Load(), transactions()
	timer := time.NewTimer(60 * time.Second)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	written := writes.Load() - writesBefore
	a.add(row{fmt.Sprintf("writes to the API server by %d idle agents in 60 s (reads: watches begun again and this program's own)", len(switches)), "", fmt.Sprintf("%d (%d)", written, reads.Load()-readsBefore), "", "0", written == 0})
	a.add(row{fmt.Sprintf("transactions of %d idle agents in 60 s", len(switches)), "", fmt.Sprint(transactions() - done), "", "0", transactions() == done})
	return nil
}

// server measures the memory and the CPU time of the API server, and the CPU time of this process.
func (a *applier) server() error {
	pid, err := childNamed("kube-apiserver")
	if err != nil {
		return err
	}
	resident, err := residentMiB(pid)
	if err != nil {
		return err
	}
	used, err := cpu(pid)
	if err != nil {
		return err
	}
	own, err := cpu(os.Getpid())
	if err != nil {
		return err
	}
	a.add(row{"resident memory of the API server then", "", fmt.Sprintf("%.0f MiB", resident), "", "", false})
	a.add(row{"CPU time until then: of the API server (of all agents and this program)", "", fmt.Sprintf("%.0f s (%.0f s)", used.Seconds(), own.Seconds()), "", "", false})
	return nil
}

// childNamed is the process that this one started with a program.
func childNamed(program string) (int, error) {
	var children []byte
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", os.Getpid()))
	if err != nil {
		return 0, err
	}
	for _, task := range tasks {
		more, err := os.ReadFile(task)
		if err == nil {
			children = append(append(children, ' '), more...)
		}
	}
	for text := range strings.FieldsSeq(string(children)) {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return 0, err
		}
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err == nil && strings.TrimSpace(string(name)) == program {
			return pid, nil
		}
	}
	return 0, fmt.Errorf("%s is no child of this process", program)
}

func nodeName(i int) string { return fmt.Sprintf("simulated-%04d", i) }

func (a *applier) addNodes(ctx context.Context, n int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i := range n {
		group.Go(func() error {
			node := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": nodeName(i)}}}
			_, err := a.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "nodes"}).Create(ctx, node, metav1.CreateOptions{})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("create nodes: %w", err)
	}
	return nil
}

// state is the state of the real node while nothing is exported, with the columns of a real schema.
// The simulated nodes start with it.
func (a *applier) state(ctx context.Context) (ovs.State, error) {
	text, err := a.node.Vsctl(ctx, ovs.ReadArguments()...)
	if err != nil {
		return ovs.State{}, err
	}
	out, err := a.node.Command(ctx, "ovsdb-client", "get-schema", "unix:"+a.node.Socket(), ovs.SwitchDatabase).Output()
	if err != nil {
		return ovs.State{}, fmt.Errorf("read the schema: %w", err)
	}
	schema, err := ovs.ParseSchema(out)
	if err != nil {
		return ovs.State{}, err
	}
	return ovs.ParseState([]byte(text), schema, "br-int")
}

// simulate starts one agent. Its heartbeat is returned and does not run yet.
func (a *applier) simulate(ctx context.Context, group *errgroup.Group, config *rest.Config, name string, s *fakeovs.Switch) (*source.Heartbeat, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("reach the API server: %w", err)
	}
	cluster, err := source.New(client, name, logr.Discard())
	if err != nil {
		return nil, err
	}
	heartbeat := source.NewHeartbeat(cluster, source.DefaultLease, time.Now)
	simulation := agent.New(agent.Config{
		Node: name, Mode: v1alpha1.ModeEnforce, Bridge: "br-int", OVS: s, Vswitchd: s, Timeout: time.Second, VswitchdLog: &ovsnode.LogTail{}, Source: cluster, Changes: s.Changes(), Listen: agent.ListenLocally, Alive: heartbeat.Alive,
		Resync: time.Minute, Poll: 10 * time.Second, HoldDown: 30 * time.Second, MaxRepairs: 5,
		Now: time.Now, Registry: prometheus.NewRegistry(), Log: logr.Discard(),
	})
	group.Go(func() error { return simulation.Run(ctx) })
	return heartbeat, nil
}

// missing says what is missing until a number of nodes report a target, or have a report if the
// target is empty.
func (a *applier) missing(ctx context.Context, agents int, target string) string {
	list, err := a.client.Resource(v1alpha1.GroupVersion.WithResource("nodeflowexports")).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	n := 0
	for i := range list.Items {
		if !strings.HasPrefix(list.Items[i].GetName(), "simulated-") {
			continue
		}
		text, err := list.Items[i].MarshalJSON()
		if err == nil && strings.Contains(string(text), `"status"`) && strings.Contains(string(text), target) {
			n++
		}
	}
	if n == agents {
		return ""
	}
	return fmt.Sprintf("%d of %d nodes report", n, agents)
}
