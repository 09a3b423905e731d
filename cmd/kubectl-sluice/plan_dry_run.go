package main

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/applier/desired"
	"sluice/applier/preview"
	"sluice/cmd/internal/exit"
	"sluice/internal/kube"
	"sluice/validation"
)

// dryRun asks the API server what it would store of the files, by a dry run: schemas have defaults and limits, a webhook
// normalizes, and policies refuse. now is the stored Network. What the user may not write is planned as in the files,
// and the note says so.
func (a *access) dryRun(ctx context.Context, in *desired.Inputs, now *desired.Network, objects *preview.Objects) (note string, err error) {
	q := question{cluster: &kube.Cluster{Reader: a.Reader}}
	if err := q.lists(ctx, in, now); err != nil {
		return "", err
	}
	writes, err := objects.Writes()
	if err != nil {
		return "", err
	}
	for _, w := range writes {
		stored, err := q.ask(ctx, w)
		switch {
		case err != nil:
			return "", err
		case stored != nil:
			err = preview.Answered(in, w.ID, stored)
		default:
			err = foreseen(objects, w.ID)
		}
		if err != nil {
			return "", err
		}
	}
	return q.note(), nil
}

// foreseen is the error of a profile of which it is known without the API server that it would be refused.
func foreseen(objects *preview.Objects, id preview.ID) error {
	why, err := objects.Refused(id)
	if err == nil && why != "" {
		err = exit.Error{Status: exit.Negative, Err: fmt.Errorf("the API server would refuse %s: %s", id, why)}
	}
	return err
}

// question asks the API server about changes.
type question struct {
	cluster *kube.Cluster
	// forbidden are the changes that the user may not make. profiles says that one is of a FlowExportProfile.
	forbidden []string
	profiles  bool
}

// lists asks for the lists of a Network that exists.
func (q *question) lists(ctx context.Context, in *desired.Inputs, now *desired.Network) error {
	if in.Network == nil || now == nil || in.Network.Object.ExportNetworkFlows.Equal(now.Object.ExportNetworkFlows) {
		return nil
	}
	patch, err := preview.FlowsPatch(now.Object.ExportNetworkFlows, in.Network.Object.ExportNetworkFlows)
	if err != nil {
		return err
	}
	id := preview.ID{Resource: validation.Network, Name: validation.ClusterName}
	content, err := q.ask(ctx, preview.Write{ID: id, Content: patch})
	if content == nil || err != nil {
		return err
	}
	var stored desired.Inputs
	if err := preview.Answered(&stored, id, content); err != nil {
		return err
	}
	network := *in.Network
	network.Object.ExportNetworkFlows = stored.Network.Object.ExportNetworkFlows // the other fields were not sent
	in.Network = &network
	return nil
}

// ask asks what would be stored for a change; nil if the user may not make it.
func (q *question) ask(ctx context.Context, w preview.Write) (map[string]any, error) {
	request := kube.Write{Verb: kube.MergePatch, Resource: resourceFor(w.Resource), Name: w.Name, Content: w.Content}
	verb := "patch"
	if w.Create {
		verb, request.Verb = "create", kube.Replace
	}
	if w.Resource == validation.FlowsConfig {
		request.Namespace = validation.FlowsConfigNamespace
	}
	name := request.Name
	if w.Create {
		name = "" // RBAC knows no name of an object to create
	}
	allowed, err := q.cluster.May(ctx, verb, request.Resource, request.Namespace, name)
	if err != nil {
		return nil, err
	}
	if !allowed {
		q.forbidden = append(q.forbidden, verb+" "+w.String())
		q.profiles = q.profiles || w.Resource == validation.Profile
		return nil, nil //nolint:nilnil // there is no answer
	}
	answer, err := q.cluster.DryRun(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("%s: it is not known what the API server would store: %w", w.ID, err)
	}
	if answer.Refusal != nil {
		what := w.String()
		if w.Resource == validation.Network {
			what = "the lists"
		}
		return nil, exit.Error{Status: exit.Negative, Err: fmt.Errorf("the API server would refuse %s: %s", what, answer.Refusal.Message)}
	}
	return answer.Object.Object, nil
}

func resourceFor(r validation.Resource) schema.GroupVersionResource {
	switch r {
	case validation.FlowsConfig:
		return kube.ConfigMaps()
	case validation.Profile:
		return kube.Profiles()
	case validation.Network, validation.FlowCollector, validation.FlowExport:
	}
	return kube.Networks()
}

// note says what the API server was not asked; empty if it was asked everything.
func (q *question) note() string {
	if len(q.forbidden) == 0 {
		return ""
	}
	note := "planned from the file: you may not " + strings.Join(q.forbidden, ", ") + ", so that the API server was not asked what it would store"
	if q.profiles {
		note += "; the defaults of profiles are those of this version"
	}
	return note
}
