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

// secondDoor shows the ConfigMap that the operator merges into the IPFIX collectors.
func (s *stage) secondDoor(ctx context.Context) error {
	s.chapter("3. The ConfigMap that is merged into the IPFIX collectors")
	s.say("Its target becomes an unquoted command-line argument of a privileged pod. Today it is not checked:")
	command := cluster.Command{User: cluster.NetAdmin, Stdin: flowsConfig, Args: []string{"apply", "-f", "-"}}
	if err := s.kubectl(ctx, "today      ", s.today, command, want{text: "created"}); err != nil {
		return err
	}
	return s.kubectl(ctx, "with Sluice", s.guarded, command, want{refused: true, text: "data.sharedTarget"})
}

const oldFlows = `{"netFlow":{"collectors":["10.0.0.01:2055"]}}`

// oldObject shows that only changes are checked.
func (s *stage) oldObject(ctx context.Context) error {
	s.chapter("4. Entries from before Sluice was installed block no changes")
	s.say("The stored object has a malformed entry. The Cluster Network Operator applies it again, as in an upgrade:")
	reapply := cluster.Command{User: cluster.Operator, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + oldFlows + `}}`}}
	if err := s.kubectl(ctx, "operator   ", s.guarded, reapply, want{text: "patched"}); err != nil {
		return err
	}
	s.say("An administrator adds a valid entry. The unchanged one is a warning, not an error:")
	add := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", "-p", `[{"op":"add","path":"/spec/exportNetworkFlows/netFlow/collectors/-","value":"192.0.2.1:2055"}]`}}
	if err := s.kubectl(ctx, "with Sluice", s.guarded, add, want{text: "kept because"}); err != nil {
		return err
	}
	s.say("A new entry with the same mistake is refused:")
	again := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", "-p", `[{"op":"add","path":"/spec/exportNetworkFlows/ipfix","value":{"collectors":["10.0.0.01:4739"]}}]`}}
	return s.kubectl(ctx, "with Sluice", s.guarded, again, want{refused: true, text: "leading-zero"})
}

// outage shows what a stopped webhook blocks, and what it does not.
func (s *stage) outage(ctx context.Context) error {
	s.chapter("10. While the webhook is down")
	if err := s.export(ctx, `{"netFlow":{"collectors":["192.0.2.8:2055"]}}`, false); err != nil {
		return err
	}
	if err := s.sluice.Stop(); err != nil {
		return err
	}
	patch := func(body string) cluster.Command {
		return cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", body}}
	}
	s.say("A change that is not about collectors is accepted:")
	if err := s.kubectl(ctx, "Sluice down", s.guarded, patch(`{"spec":{"logLevel":"Debug"}}`), want{text: "patched"}); err != nil {
		return err
	}
	s.say("A change of the collectors is refused, because the webhook cannot review it. The message names the webhook:")
	edit := patch(`{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.9:2055"]}}}}`)
	if err := s.kubectl(ctx, "Sluice down", s.guarded, edit, want{refused: true, text: "networks.mutate.sluice.dev"}); err != nil {
		return err
	}
	s.say("Export can always be switched off:")
	remove := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", `-p=[{"op":"remove", "path":"/spec/exportNetworkFlows"}]`}}
	if err := s.kubectl(ctx, "Sluice down", s.guarded, remove, want{text: "patched"}); err != nil {
		return err
	}
	return s.stores(ctx, "", true)
}
