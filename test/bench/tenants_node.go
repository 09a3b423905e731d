package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sluice/applier/collector"
	"sluice/internal/kube"
	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// row waits until a column of the IPFIX row has a text, or has not.
func (t *tenants) row(ctx context.Context, column string, present bool, text string) error {
	return nodes.Wait(ctx, 40*time.Second, func(ctx context.Context) string {
		got, err := t.node.Vsctl(ctx, "--columns="+column, "find", "IPFIX")
		if err == nil && strings.Contains(got, text) == present {
			return ""
		}
		return fmt.Sprintf("%s of the IPFIX row: %q, want %q: %t (%v)\n%s", column, got, text, present, err, t.agent.Log())
	})
}

// sample sets the sampling rate of the node.
func (t *tenants) sample(ctx context.Context, rate int) error {
	manifest := fmt.Sprintf("apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: bench}\nspec: {allowUnsampled: true, ipfix: {sampling: %d}}\n", rate)
	if _, err := t.fleet.Must(ctx, cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"apply", "-f", "-"}}); err != nil {
		return err
	}
	if rate == 400 {
		return t.row(ctx, "sampling", false, ": 1")
	}
	return t.row(ctx, "sampling", true, fmt.Sprint(rate))
}

// start starts an agent, and has the cluster export to an address where nothing listens.
func (t *tenants) start(ctx context.Context, clusterCollector string) (err error) {
	if t.agent, err = t.fleet.StartAgent(ctx, t.node, "--probe-interval=0"); err != nil {
		return err
	}
	networks := t.client.Resource(kube.Networks())
	patch := fmt.Sprintf(`{"spec":{"exportNetworkFlows":{"ipfix":{"collectors":[%q]}}}}`, clusterCollector)
	if _, err := networks.Patch(ctx, "cluster", types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("patch the Network: %w", err)
	}
	return t.row(ctx, "targets", true, clusterCollector)
}

// stop ends the agent, with nothing accepted.
func (t *tenants) stop(ctx context.Context) error {
	if err := t.accept(ctx, 0); err != nil {
		return err
	}
	return t.agent.Stop()
}

// arrivals tells when records of UDP flows come to a collector.
type arrivals struct {
	conn net.PacketConn
	at   chan time.Time
	end  context.CancelFunc
	done chan struct{}
}

func (t *tenants) listen(ctx context.Context, address string) (*arrivals, error) {
	conn, err := t.fleet.Network.Listen(ctx, "udp4", address)
	if err != nil {
		return nil, err
	}
	a := &arrivals{conn: conn, at: make(chan time.Time, 1000), done: make(chan struct{})}
	receiving, cancel := context.WithCancel(ctx)
	a.end = cancel
	go func() {
		defer close(a.done)
		_ = collector.Receive(receiving, conn, time.Now, func(m collector.Message, _ error) {
			now := time.Now()
			for _, r := range m.Records {
				if r.Protocol == 17 && r.Destination.Port() == node.DestinationPort {
					a.at <- now
				}
			}
		})
	}()
	return a, nil
}

// next waits for the next record; false if none comes.
func (a *arrivals) next(ctx context.Context, wait time.Duration) (time.Time, bool) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case at := <-a.at:
		return at, true
	case <-timer.C:
	case <-ctx.Done():
	}
	return time.Time{}, false
}

// drain forgets the records of earlier packets.
func (a *arrivals) drain(ctx context.Context) {
	for {
		if _, more := a.next(ctx, 60*time.Millisecond); !more {
			return
		}
	}
}

func (a *arrivals) stop() {
	a.end()
	<-a.done
	_ = a.conn.Close()
}

// sinks open sockets that read nothing, so that nothing is refused: for the cluster's collector, and for those of the
// first tenants.
func (t *tenants) sinks(ctx context.Context, tenants int) (stop func(), err error) {
	var conns []net.PacketConn
	stop = func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
	addresses := []string{sink}
	for i := range tenants {
		addresses = append(addresses, tenantCollector(i).String())
	}
	for _, address := range addresses {
		conn, err := t.fleet.Network.Listen(ctx, "udp4", address)
		if err != nil {
			stop()
			return nil, err
		}
		conns = append(conns, conn)
	}
	return stop, nil
}

// sink is the cluster's collector where its records do not matter.
const sink = "192.168.1.97:9"
