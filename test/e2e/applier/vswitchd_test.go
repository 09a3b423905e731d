package applier

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// Kind of fault: what is stored, and a socket that is open, were taken for an exporter that works.
// While ovs-vswitchd hangs or is dead, nothing about them changes.
func TestAnOvsVswitchdThatDoesNotAnswerIsNoticedWithoutAChange(t *testing.T) {
	f, n := exporting(t, "--ovs-timeout=1s")
	if err := n.Freeze(); err != nil {
		t.Fatal(err)
	}
	hasCondition(t, n.Name, "Applied", "Unknown", "VSwitchdHangs")
	hasCondition(t, n.Name, "Exporting", "Unknown", "VSwitchdHangs")
	out, code := plugin(t, "", "status")
	expect(t, out, code, 1, "node-a: VSwitchdHangs")
	// A change of the lists is stored all the same.
	_, other := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+other+`"]}}`)
	hasCondition(t, n.Name, "Applied", "False", "VSwitchdHangs")
	if err := n.Thaw(); err != nil {
		t.Fatal(err)
	}
	hasCondition(t, n.Name, "Exporting", "True", "")
	for name, stop := range map[string]func(){
		"stopped": n.StopVswitchd,
		"killed": func() { // it leaves its pidfile and its socket
			pid := n.VswitchdPID()
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, func(context.Context) string {
				if n.VswitchdPID() == 0 {
					return ""
				}
				return "it runs"
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			stop()
			hasCondition(t, n.Name, "Applied", "False", "VSwitchdDown")
			hasCondition(t, n.Name, "Exporting", "False", "VSwitchdDown")
			out, code := plugin(t, "", "status")
			expect(t, out, code, 1, "node-a: VSwitchdDown")
			if err := n.StartVswitchd(t.Context()); err != nil {
				t.Fatal(err)
			}
			hasCondition(t, n.Name, "Applied", "True", "InSync")
			hasCondition(t, n.Name, "Exporting", "True", "")
		})
	}
}

// Kind of fault: what was counted before ovs-vswitchd stopped to answer went on counting for 15 minutes.
func TestNothingIsSendingWhileOvsVswitchdDoesNotAnswer(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	_, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--ovs-timeout=1s")
	sending := func() {
		t.Helper()
		eventually(t, func(ctx context.Context) string {
			if err := n.Send(ctx, 20); err != nil {
				return err.Error()
			}
			list, reasons := states(ctx, n.Name)
			if !slices.Equal(list, []string{"IPFIX " + target + " Sending"}) {
				return reasons
			}
			return ""
		})
	}
	is := func(want string) {
		t.Helper()
		eventually(t, func(ctx context.Context) string {
			if _, reasons := states(ctx, n.Name); reasons != want {
				return reasons
			}
			return ""
		})
	}
	sending()
	if err := n.Freeze(); err != nil {
		t.Fatal(err)
	}
	is("IPFIX " + target + " Unknown (ovs-vswitchd is running, but does not answer; see its log on the node); ")
	if out, _ := plugin(t, "", "status", "--by", "collector"); !regexp.MustCompile(`IPFIX +` + regexp.QuoteMeta(target) + ` +1 +0 `).MatchString(out) {
		t.Errorf("a node counts as sending:\n%s", out)
	}
	if err := n.Thaw(); err != nil {
		t.Fatal(err)
	}
	sending()
	n.StopVswitchd()
	is("IPFIX " + target + " NotOpen (ovs-vswitchd is not running; see its service and its log on the node); ")
}

// Kind of fault: a change of another writer's was taken for one's own. On a node with pods that come
// and go, there is always a change that ovs-vswitchd has not applied yet.
func TestChangesByOthersAreNotWaitedFor(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	churn(t, n)
	startAgent(t, f, n, "--resync=400ms", "--poll=100ms")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	hasCondition(t, n.Name, "Exporting", "True", "")
	// Some resyncs, each of which meets changes of the others.
	from := nextConfig(t, n)
	_ = nodes.Wait(t.Context(), 5*time.Second, func(ctx context.Context) string {
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil {
			return "no report"
		}
		for _, c := range r.Status.Conditions {
			if c.Type == "Applied" && c.Status != "True" || c.Type == "Exporting" && c.Status != "True" {
				t.Fatalf("%s is %s (%s: %s) because others write", c.Type, c.Status, c.Reason, c.Message)
			}
		}
		return "time passes"
	})
	if nextConfig(t, n) == from {
		t.Error("the others wrote nothing")
	}
	_, other := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+other+`"]}}`)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}

// churn adds and removes ports as a CNI plugin does, by several writers, until the test ends.
func churn(t *testing.T, n *node.Node) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	const writers = 4
	for i := range writers {
		go func() {
			defer func() { ended <- struct{}{} }()
			for ctx.Err() == nil {
				port := fmt.Sprintf("churn%d", i)
				for _, args := range []string{"add-port br-int " + port + " -- set Interface " + port + " type=internal", "del-port " + port} {
					_, _ = n.Vsctl(ctx, strings.Fields(args)...) // waits, so it counts
				}
			}
		}()
	}
	t.Cleanup(func() {
		stop()
		for range writers {
			<-ended
		}
	})
}
