package agent

import (
	"context"
	"encoding/base64"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
)

// oneSocket is an ovs-vswitchd that sends from one socket, to whatever it is asked about.
type oneSocket struct {
	Vswitchd
	from   netip.AddrPort
	target func() netip.AddrPort
}

func (o oneSocket) Sockets() (ovs.Sockets, error) {
	return ovs.Sockets{o.target(): {Locals: []netip.AddrPort{o.from}}}, nil
}

// Kind of fault: while the agent may not write, what was counted is reported as nothing, and comes back later.
func TestCountsStayWhileNothingMayBeWritten(t *testing.T) {
	text, err := os.ReadFile("../collector/testdata/ipfix.base64")
	if err != nil {
		t.Fatal(err)
	}
	var passed atomic.Int64
	now := func() time.Time { return time.Unix(1_000_000_000, passed.Load()) } // before the records were made
	var list *tenants
	from := netip.MustParseAddrPort("127.0.0.1:40000")
	list = newTenants(Config{
		Node: "a", Now: now, Linger: time.Minute, Log: logr.Discard(), Listen: ListenLocally,
		Vswitchd: oneSocket{from: from, target: func() netip.AddrPort {
			list.listeningMu.Lock()
			defer list.listeningMu.Unlock()
			return list.listening
		}},
		Dial: func(netip.AddrPort) (io.WriteCloser, error) { return devNull{}, nil },
	})
	t.Cleanup(list.close)
	list.interfaces([]ovs.Interface{{Row: "1", Name: "p1", ID: "team-a_one"}, {Row: "2", Name: "p2", ID: "team-a_two"}})
	want := desired.State{Tenants: &ovs.Exporter{Format: ipfix, Settings: ovs.Settings{ovs.ObservationDomain: "123", ovs.Sampling: "1"}}}
	in := desired.Inputs{FlowExports: []desired.FlowExport{{Namespace: "team-a", Name: "siem", UID: "u", Collectors: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:4739")}}}}
	list.follow(t.Context(), in, want, true)
	for line := range strings.Lines(string(text)) {
		datagram, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		list.splitter.Handle(from, datagram)
	}
	list.splitter.Flush()
	look := func() v1alpha1.NodeFlowExportEntry {
		passed.Add(int64(2 * countEvery))
		entries, _ := list.status(&reconciliation{now: now()}, nil)
		return entries[0]
	}
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-ticker.C {
		counts, exports := list.splitter.Counts()
		if e := exports[0]; e.Records > 0 && e.Sent == e.Records {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not all is sent: %+v %+v", counts, exports)
		}
	}
	entry := look()
	for _, writes := range []bool{false, true} {
		list.follow(t.Context(), in, want, writes)
		if again := look(); again.Records != entry.Records || again.LastRecord == nil || !again.LastRecord.Equal(entry.LastRecord) {
			t.Errorf("may write: %t; got %+v, before %+v", writes, again, entry)
		}
	}
	list.follow(context.WithoutCancel(t.Context()), in, want, false)
	list.settle(&reconciliation{})
}

type devNull struct{}

func (devNull) Write(p []byte) (int, error) { return len(p), nil }
func (devNull) Close() error                { return nil }
