package main

import (
	"context"

	"sluice/test/harness/cluster"
)

const flowsConfig = `apiVersion: v1
kind: ConfigMap
metadata:
  name: ovs-flows-config
  namespace: openshift-network-operator
data:
  sharedTarget: "192.0.2.1:4739 --loglevel=5"
`

// secondDoor shows the ConfigMap that the operator merges into the IPFIX targets.
func (s *stage) secondDoor(ctx context.Context) error {
	s.chapter("3. The second door: the ConfigMap that is merged into the IPFIX collectors")
	s.say("Its target becomes an unquoted command-line argument of a privileged pod. Nobody checks it today:")
	command := cluster.Command{User: cluster.NetAdmin, Stdin: flowsConfig, Args: []string{"apply", "-f", "-"}}
	if err := s.kubectl(ctx, "today      ", s.today, command, want{text: "created"}); err != nil {
		return err
	}
	return s.kubectl(ctx, "with Sluice", s.guarded, command, want{refused: true, text: "data.sharedTarget"})
}

const oldFlows = `{"netFlow":{"collectors":["10.0.0.01:2055"]}}`

// oldObject shows that only changes are judged.
func (s *stage) oldObject(ctx context.Context) error {
	s.chapter("4. What was there before Sluice blocks nobody")
	s.say("The object holds a bad entry from before. The Cluster Network Operator re-applies it, as it does on upgrades:")
	reapply := cluster.Command{User: cluster.Operator, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + oldFlows + `}}`}}
	if err := s.kubectl(ctx, "operator   ", s.guarded, reapply, want{text: "patched"}); err != nil {
		return err
	}
	s.say("An administrator adds a good entry beside it. The old one is a warning now, not an error:")
	add := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", "-p", `[{"op":"add","path":"/spec/exportNetworkFlows/netFlow/collectors/-","value":"192.0.2.1:2055"}]`}}
	if err := s.kubectl(ctx, "with Sluice", s.guarded, add, want{text: "kept because"}); err != nil {
		return err
	}
	s.say("The same mistake made anew is refused:")
	again := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", "-p", `[{"op":"add","path":"/spec/exportNetworkFlows/ipfix","value":{"collectors":["10.0.0.01:4739"]}}]`}}
	return s.kubectl(ctx, "with Sluice", s.guarded, again, want{refused: true, text: "leading-zero"})
}

// outage shows what a stopped webhook blocks, and what not.
func (s *stage) outage(ctx context.Context) error {
	s.chapter("9. While the webhook is down")
	if err := s.export(ctx, `{"netFlow":{"collectors":["192.0.2.8:2055"]}}`, false); err != nil {
		return err
	}
	if err := s.sluice.Stop(); err != nil {
		return err
	}
	patch := func(body string) cluster.Command {
		return cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", body}}
	}
	s.say("An edit that has nothing to do with collectors passes:")
	if err := s.kubectl(ctx, "Sluice down", s.guarded, patch(`{"spec":{"logLevel":"Debug"}}`), want{text: "patched"}); err != nil {
		return err
	}
	s.say("An edit of the collectors is refused, because nobody looked at it; the message names the webhook:")
	edit := patch(`{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.9:2055"]}}}}`)
	if err := s.kubectl(ctx, "Sluice down", s.guarded, edit, want{refused: true, text: "networks.mutate.sluice.dev"}); err != nil {
		return err
	}
	s.say("Switching export off always works:")
	remove := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", `-p=[{"op":"remove", "path":"/spec/exportNetworkFlows"}]`}}
	if err := s.kubectl(ctx, "Sluice down", s.guarded, remove, want{text: "patched"}); err != nil {
		return err
	}
	return s.stores(ctx, "", true)
}
