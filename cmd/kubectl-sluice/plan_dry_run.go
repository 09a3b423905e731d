package main

import (
	"context"
	"fmt"

	"sluice/applier/desired"
	"sluice/applier/preview"
	"sluice/cmd/internal/exit"
	"sluice/internal/kube"
	"sluice/validation"
)

// dryRun asks the API server what it would store for the lists of the files, by a dry run: a webhook
// normalizes and refuses. now is the stored Network. Without the right to patch it, the lists of the
// files are planned as they are, and the note says so.
func (a *access) dryRun(ctx context.Context, in *desired.Inputs, now *desired.Network) (note string, err error) {
	if in.Network == nil || now == nil || in.Network.Object.ExportNetworkFlows.Equal(now.Object.ExportNetworkFlows) {
		return "", nil
	}
	cluster := kube.Cluster{Reader: a.Reader}
	allowed, err := cluster.May(ctx, "patch", kube.Networks(), validation.ClusterName)
	if err != nil {
		return "", err
	}
	if !allowed {
		return "planned from the file: you may not patch network.operator/" + validation.ClusterName + ", so that the API server was not asked what it would store", nil
	}
	patch, err := preview.FlowsPatch(now.Object.ExportNetworkFlows, in.Network.Object.ExportNetworkFlows)
	if err != nil {
		return "", err
	}
	answer, err := cluster.DryRun(ctx, kube.Write{Verb: kube.MergePatch, Resource: kube.Networks(), Name: validation.ClusterName, Content: patch})
	if err != nil {
		return "", fmt.Errorf("it is not known what the API server would store: %w", err)
	}
	if answer.Refusal != nil {
		return "", exit.Error{Status: exit.Negative, Err: fmt.Errorf("the API server would refuse the lists: %s", answer.Refusal.Message)}
	}
	stored, err := desired.ReadNetwork(answer.Object)
	if err != nil {
		return "", err
	}
	stored.Generation = now.Generation
	in.Network = &stored
	return "", nil
}
