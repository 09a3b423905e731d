package ovs_test

import (
	"context"
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/test/harness/node"
)

// With a real ovs-vswitchd: ovs-vsctl waits for it, and it counts what it dealt with.
func TestANodeDoesWhatApplySays(t *testing.T) {
	t.Parallel()
	needTools(t, node.ChosenRelease())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	network, err := node.StartNetwork(ctx, node.NetworkOptions{Dummy: true, Release: node.ChosenRelease()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = network.Stop() }()
	n, err := node.Start(ctx, network, "node-a", node.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Stop() }()
	vsctl := func(args ...string) []byte {
		t.Helper()
		out, err := n.Command(ctx, "ovs-vsctl", append([]string{"--timeout=10"}, args...)...).Output()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return out
	}
	text, err := n.Command(ctx, "ovsdb-client", "get-schema", "unix:"+n.Socket(), ovs.SwitchDatabase).Output()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := ovs.ParseSchema(text)
	if err != nil {
		t.Fatal(err)
	}
	read := func() ovs.State {
		t.Helper()
		s, err := ovs.ParseState(vsctl(ovs.ReadArguments()...), schema, node.Bridge)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	changed := [3]ovs.Want{want(netFlow("", "127.0.0.1:9")), want(sFlow(nil, "127.0.0.1:9")), want(ipfix(nil, "127.0.0.1:9"))}
	for _, d := range []ovs.Desired{
		{Export: usual},
		{Export: usual, Drops: drops},
		{Export: changed, Drops: &ovs.Drops{CollectorSet: 9, Exporter: dropsRecord}},
		{Export: [3]ovs.Want{{}, {Leave: true}, {}}},
		{RemoveLastApplied: true},
	} {
		before := read()
		p, err := ovs.NewPlan(d, before)
		if err != nil || p.Empty() {
			t.Fatalf("got %v, %v", p, err)
		}
		vsctl(p.Arguments()...)
		after, expected := read(), fakeovs.Apply(before, p, names())
		if shape(after, before) != shape(expected, before) {
			t.Errorf("Apply says\n%s\nthe node has\n%s", shape(expected, before), shape(after, before))
		}
		if after.NextConfig != expected.NextConfig || after.Behind() {
			t.Errorf("the counters are %d and %d, Apply says %d", after.NextConfig, after.CurrentConfig, expected.NextConfig)
		}
		if again, err := ovs.NewPlan(d, after); err != nil || !again.Empty() {
			t.Errorf("there is still something to do: %v\n%v", err, again)
		}
	}
}
