package splitter

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/collector"
	"sluice/applier/splitter"
	"sluice/test/harness/node"
)

// reader is a collector that knows nothing of Sluice. It says how many packets of each flow of UDP it got, as
// "source port -> destination".
type reader struct {
	name    string
	address string
	flows   func(context.Context) (map[string]int, error)
}

// readers starts nfcapd, nfacctd and goflow2's decoders, each on an address of its own, counted from first.
func readers(t *testing.T, network *node.Network, first int) []reader {
	t.Helper()
	list := []reader{{name: "nfcapd"}, {name: "nfacctd"}, {name: "goflow2"}}
	for i := range list {
		list[i].address = fmt.Sprintf("192.168.1.%d:4739", first+i)
	}
	nfcapd, err := node.StartNfcapd(t.Context(), network, list[0].address, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nfcapd.Stop)
	list[0].flows = func(ctx context.Context) (map[string]int, error) {
		flows, err := nfcapd.Flows(ctx)
		packets := map[string]int{}
		for _, f := range flows {
			if f.Protocol == 17 {
				packets[key(f.Source, f.SourcePort, f.Destination)] += f.Packets
			}
		}
		return packets, err
	}
	nfacctd, err := node.StartNfacctd(t.Context(), network, list[1].address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := nfacctd.Stop(); err != nil {
			t.Error(err)
		}
	})
	list[1].flows = func(context.Context) (map[string]int, error) {
		flows, err := nfacctd.Flows()
		packets := map[string]int{}
		for _, f := range flows {
			if f.Protocol == "udp" {
				packets[key(f.Source, f.SourcePort, f.Destination)] += f.Packets
			}
		}
		return packets, err
	}
	list[2].flows = goflow2(t, network, list[2].address)
	return list
}

func key(source string, port int, destination string) string {
	return fmt.Sprintf("%s %d -> %s", source, port, destination)
}

// goflow2 receives with the decoders of goflow2.
func goflow2(t *testing.T, network *node.Network, address string) func(context.Context) (map[string]int, error) {
	t.Helper()
	conn, err := network.Listen(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var failure error
	packets, sequence := map[string]int{}, map[string]uint32{}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() {
		done <- collector.Receive(ctx, conn, time.Now, func(m collector.Message, err error) {
			mu.Lock()
			defer mu.Unlock()
			source := m.Source.String()
			if err != nil || m.Undecoded > 0 || m.Sequence != sequence[source] {
				failure = fmt.Errorf("%d undecoded, sequence %d instead of %d: %w", m.Undecoded, m.Sequence, sequence[source], err)
			}
			sequence[source] = m.Sequence + uint32(len(m.Records)+m.Statistics)
			for _, r := range m.Records {
				if r.Protocol == 17 {
					packets[key(r.Source.Addr().String(), int(r.Source.Port()), r.Destination.Addr().String())] += int(r.Packets)
				}
			}
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = conn.Close()
	})
	return func(context.Context) (map[string]int, error) {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(packets), failure
	}
}

// exportOf is a FlowExport with some readers as collectors.
func exportOf(namespace string, list []reader) splitter.Export {
	e := splitter.Export{Key: splitter.Key{Namespace: namespace, Name: "siem"}, Domain: 77}
	for _, r := range list {
		e.Collectors = append(e.Collectors, netip.MustParseAddrPort(r.address))
	}
	return e
}

// got waits until each reader got exactly some flows.
func got(t *testing.T, who string, list []reader, want map[string]int) {
	t.Helper()
	for _, r := range list {
		eventually(t, func() string {
			flows, err := r.flows(t.Context())
			if err != nil {
				t.Fatalf("%s of %s: %v", r.name, who, err)
			}
			if diff := cmp.Diff(want, flows); diff != "" {
				return fmt.Sprintf("%s of %s (-want +got):\n%s", r.name, who, diff)
			}
			return ""
		})
	}
	// What comes twice may come later, while the others were waited for.
	for _, r := range list {
		flows, err := r.flows(t.Context())
		if err != nil {
			t.Fatalf("%s of %s: %v", r.name, who, err)
		}
		if diff := cmp.Diff(want, flows); diff != "" {
			t.Errorf("%s of %s, later (-want +got):\n%s", r.name, who, diff)
		}
	}
}
