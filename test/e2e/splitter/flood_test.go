package splitter

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/applier/splitter"
	"sluice/test/harness/node"
)

// Bounds of TestAFloodConcernsNoOther.
const (
	// floodFlows are the source ports of the flood, and floodRecords how many records the splitter reads at least.
	floodFlows, floodRecords = 1000, 100_000
	// floodMemory bounds how much more memory the heap has during the flood, what is not collected yet included. The
	// splitter keeps at most 8 MiB in queues, 2 MiB that wait for the database, and 4 MiB in the kernel.
	floodMemory = 32 << 20
)

// heap is the size of all objects of this process, those that are not collected yet included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// peakHeap observes the heap until the function that it returns is called, which returns the peak.
func peakHeap() func() uint64 {
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := heap()
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				most = max(most, heap())
			case <-stop:
				peak <- max(most, heap())
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-peak
	}
}

// sentByVswitchd is how many datagrams ovs-vswitchd says that it sent.
func (w *world) sentByVswitchd(t *testing.T) uint64 {
	t.Helper()
	out, err := w.node.Ofctl(t.Context(), "dump-ipfix-bridge", node.Bridge)
	if err != nil {
		t.Fatal(err)
	}
	statistics, err := ovs.ParseIPFIXStatistics(out)
	if err != nil {
		t.Fatal(err)
	}
	return statistics.SentPackets
}

// floods makes pod 1 flood pod 2 until the function that it returns is called.
func (w *world) floods(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() {
		result, err := w.node.Flood(ctx, node.FloodOptions{Flows: floodFlows, Size: 100})
		t.Logf("flood: %+v", result)
		done <- err
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// A pod of one tenant floods, while another tenant sends a few datagrams. What the other one does not get was counted as
// lost, and it gets nothing of the flood. Memory is bounded, although one collector of the flooding tenant takes nothing.
func TestAFloodConcernsNoOther(t *testing.T) {
	for _, release := range []node.Release{node.Debian12, node.Debian13} {
		t.Run("Debian "+string(release), func(t *testing.T) {
			w := newWorld(t, release, "team-a_one", "team-a_two", "team-b_one", "team-b_two")
			b := readers(t, w.network, 111)
			sink, stuck := netip.MustParseAddrPort("192.168.1.101:4739"), netip.MustParseAddrPort("192.168.1.102:4739")
			drained, err := w.network.Listen(t.Context(), "udp4", sink.String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = drained.Close() })
			go func() { _, _ = io.Copy(io.Discard, readerOf{drained}) }() // until it is closed
			free := make(chan struct{})
			release := sync.OnceFunc(func() { close(free) })
			t.Cleanup(release)
			w.dialer = func(to netip.AddrPort) (io.WriteCloser, error) {
				if to == stuck {
					return blocked{free: free, closed: make(chan struct{}), once: &sync.Once{}}, nil
				}
				return w.dialFromNode(to)
			}
			w.SetBridge(123, 1)
			w.SetExports([]splitter.Export{exportTo("team-a", nil, sink, stuck), exportOf("team-b", b)})
			w.export(t, "sampling=1")
			sent, came := map[string]int{}, 0
			surely := func() {
				t.Helper()
				if err := w.node.SendBetween(t.Context(), 3, 4, 4); err != nil {
					t.Fatal(err)
				}
				for k, n := range w.flows(3, 4, 4) {
					sent[k] += n
					came += n
				}
			}
			surely()
			got(t, "team-b", b, sent)

			runtime.GC()
			before, peak := heap(), peakHeap()
			stop := w.floods(t)
			eventually(t, func() string {
				out, in, err := w.node.SendLossy(t.Context(), 3, 4, 8)
				if err != nil {
					t.Fatal(err)
				}
				for port, n := range out {
					sent[key(w.node.PodAddress(3, false), port, w.node.PodAddress(4, false))] += n
					came += in[port]
				}
				counts, _ := w.Counts()
				if counts.Records < floodRecords || w.counted()[stuck].Dropped == 0 {
					return fmt.Sprintf("%+v\n%+v", counts, w.counted())
				}
				return ""
			})
			stop()
			most := peak()
			surely() // so that ovs-vswitchd's last numbers show what was lost before
			eventually(t, func() string {
				counts, _ := w.Counts()
				if said := w.sentByVswitchd(t); counts.Datagrams+counts.Lost+counts.Missed != said {
					return fmt.Sprintf("ovs-vswitchd sent %d datagrams: %+v", said, counts)
				}
				return ""
			})
			t.Logf("heap: %d bytes before, %d at most", before, most)
			if most > before+floodMemory {
				t.Errorf("the heap grew from %d to %d bytes", before, most)
			}
			w.judgeFlood(t, b, sent, came, stuck)
			release()
		})
	}
}

// judgeFlood compares what a tenant got with what it sent, and how much of that came.
func (w *world) judgeFlood(t *testing.T, b []reader, sent map[string]int, came int, stuck netip.AddrPort) {
	t.Helper()
	counts, _ := w.Counts()
	t.Logf("team-b sent %v, %d came; %+v", sent, came, counts)
	if counts.Overflowed > counts.Missed || counts.Foreign+counts.Malformed > 0 {
		t.Errorf("%+v", counts)
	}
	for to, c := range w.counted() {
		if to != stuck && to.Addr() != netip.MustParseAddr("192.168.1.101") && (c.Dropped+c.Failed > 0 || c.Err != nil) {
			t.Errorf("%+v", c)
		}
	}
	for _, r := range b {
		eventually(t, func() string {
			flows, err := r.flows(t.Context())
			if err != nil {
				t.Fatalf("%s of team-b: %v", r.name, err)
			}
			all := 0
			for k, n := range flows {
				if all += n; n > sent[k] {
					t.Fatalf("%s of team-b got %d packets of %s, of which %d were sent", r.name, n, k, sent[k])
				}
			}
			counts, _ := w.Counts()
			lost := counts.Missed + counts.Lost + counts.Unconfirmed + counts.Ambiguous + counts.Unknown + counts.NoTemplate
			if uint64(all)+lost < uint64(came) {
				return fmt.Sprintf("%s of team-b got %d packets, %d came to the pod, and %d datagrams or records were counted as lost", r.name, all, came, lost)
			}
			return ""
		})
	}
}

// readerOf reads datagrams.
type readerOf struct {
	conn interface {
		ReadFrom([]byte) (int, net.Addr, error)
	}
}

func (r readerOf) Read(p []byte) (int, error) {
	n, _, err := r.conn.ReadFrom(p)
	return n, err
}
