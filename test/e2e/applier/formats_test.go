package applier

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/applier/collector"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
	"sluice/validation"
)

// fastProfile makes exporters report soon, so that tests need not wait for minutes.
const fastProfile = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata:
  name: fast
spec:
  allowUnsampled: true
  netFlow: {activeTimeout: 1}
  sFlow: {sampling: 1, polling: 1}
  ipfix: {sampling: 1, cacheActiveTimeout: 1, cacheMaxFlows: 100}
`

// received collects what a collector outside the nodes gets.
type received struct {
	mu       sync.Mutex
	messages []collector.Message
	errs     []error
}

// listen starts a collector on a port of an address outside, and returns its target.
func listen(t *testing.T, f *nodes.Fleet, ipv6 bool) (*received, string) {
	t.Helper()
	conn, err := f.Network.Listen(t.Context(), "udp", address(f.Network.CollectorAddress(ipv6), "0"))
	if err != nil {
		t.Fatal(err)
	}
	return collect(t, conn), conn.LocalAddr().String()
}

// collect receives what a socket gets, until the test ends.
func collect(t *testing.T, conn net.PacketConn) *received {
	t.Helper()
	r := &received{}
	done := make(chan struct{})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	go func() {
		defer close(done)
		_ = collector.Receive(ctx, conn, time.Now, func(m collector.Message, err error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.messages = append(r.messages, m)
			if err != nil {
				r.errs = append(r.errs, err)
			}
		})
	}()
	t.Cleanup(func() {
		stop()
		<-done
		_ = conn.Close()
	})
	return r
}

func address(host, port string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]:" + port
	}
	return host + ":" + port
}

// flows are the IPv4 flows between the pods of a node, as "protocol source destination",
// that came in a format.
func (r *received) flows(f validation.Format) map[string]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	packets := map[string]uint64{}
	for _, m := range r.messages {
		if m.Format != f {
			continue
		}
		for _, record := range m.Records {
			if record.Source.Addr().Is4() && record.Protocol == 17 && !record.Egress {
				packets[fmt.Sprintf("%d %s %s", record.Protocol, record.Source, record.Destination)] += max(record.Packets, 1)
			}
		}
	}
	return packets
}

// podFlows are the flows that node.Traffic makes on a node.
func podFlows(n *node.Node) []string {
	var list []string
	for i := range node.SourcePorts {
		list = append(list, fmt.Sprintf("17 %s:%d %s:%d", n.PodAddress(1, false), node.FirstSourcePort+i, n.PodAddress(2, false), node.DestinationPort))
	}
	return list
}

func TestRecordsOfAllFormatsReachCollectorsOverIPv4AndIPv6(t *testing.T) {
	if err := shared.InstallCRDForIPv6(t.Context(), "Default"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shared.InstallCRD(context.WithoutCancel(t.Context()), "Default"); err != nil {
			t.Error(err)
		}
	})
	f := newFleet(t, "node-a", "node-b")
	apply(t, fastProfile)
	first, target := listen(t, f, false)
	second, sixth := listen(t, f, true)
	for _, n := range f.Nodes {
		startAgent(t, f, n)
	}
	list := fmt.Sprintf(`{"collectors":[%q,%q]}`, target, sixth)
	export(t, `{"netFlow":`+list+`,"sFlow":`+list+`,"ipfix":`+list+`}`)
	for _, n := range f.Nodes {
		hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
		if err := n.Traffic(t.Context(), 40); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []*received{first, second} {
		for _, format := range validation.Formats() {
			eventually(t, func(context.Context) string {
				got := r.flows(format)
				for _, n := range f.Nodes {
					for _, flow := range podFlows(n) {
						if got[flow] == 0 {
							return fmt.Sprintf("no %s record of %q on %s; got %v", format, flow, n.Name, got)
						}
					}
				}
				return ""
			})
		}
		if len(r.errs) > 0 {
			t.Errorf("datagrams that can't be read: %v", r.errs)
		}
	}
}

func TestTwoCollectorsOfAFormatGetIdenticalRecords(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	first, one := listen(t, f, false)
	second, two := listen(t, f, false)
	startAgent(t, f, n)
	list := fmt.Sprintf(`{"collectors":[%q,%q]}`, one, two)
	export(t, `{"netFlow":`+list+`,"sFlow":`+list+`,"ipfix":`+list+`}`)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	if err := n.Traffic(t.Context(), 40); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(context.Context) string {
		for _, format := range validation.Formats() {
			if len(first.flows(format)) == 0 {
				return "no records of " + format.String()
			}
		}
		return ""
	})
	// A datagram to the second may be under way still.
	eventually(t, func(context.Context) string {
		a, b := first.texts(), second.texts()
		if slices.Equal(a, b) {
			return ""
		}
		return fmt.Sprintf("%d records at one collector, %d at the other", len(a), len(b))
	})
}

// texts are all records in a comparable form, sorted.
func (r *received) texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, m := range r.messages {
		for _, record := range m.Records {
			list = append(list, fmt.Sprintf("%s %d %+v", m.Format, m.Sequence, record))
		}
	}
	slices.Sort(list)
	return list
}
