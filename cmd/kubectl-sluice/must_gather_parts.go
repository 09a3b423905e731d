package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/gather"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
	"sluice/validation"
	"sluice/webhook/registration"
)

// gathering reads what goes into an archive.
type gathering struct {
	access  *access
	archive *gather.Archive
	now     func() time.Time
	nodes   int
	// sick are the nodes with problems.
	sick []string
}

// webhookNamespace has the webhook and the controller.
const webhookNamespace = "sluice-system"

// everything reads all. What can't be read is noted in the archive; an error says that the archive can't be written.
func (g *gathering) everything(ctx context.Context) error {
	about := fmt.Sprintf("Written by kubectl sluice %s at %s.\nCluster: %s.\n\nmissing.txt lists what could not be read. Not in this archive: Secrets, the paths of the webhook,\nvalues of environment variables, annotations of other programs.\n",
		version, g.now().UTC().Format(time.RFC3339), status.Where(g.access.context, g.access.server))
	for _, part := range []func(context.Context) error{
		func(context.Context) error { return g.archive.Add("README.txt", []byte(about)) },
		g.commands, g.reports, g.objects, g.workloads,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// commands adds what the commands of the plugin print.
func (g *gathering) commands(ctx context.Context) error {
	open := func() (*access, error) { return g.access, ctx.Err() }
	for _, c := range []struct {
		name string
		run  func(screen) error
	}{
		{"status.txt", func(to screen) error {
			return statusFlags{output: "wide", by: "node", color: "never", all: true}.run(ctx, open, to)
		}},
		{"collectors.txt", func(to screen) error {
			return statusFlags{output: "text", by: "collector", color: "never", all: true}.run(ctx, open, to)
		}},
		{"plan.txt", func(to screen) error { return planFlags{output: "text"}.run(ctx, open, to, nil) }},
		{"doctor.txt", func(to screen) error {
			return doctorFlags{output: "text", color: "never", timeout: time.Minute}.run(ctx, open, to, io.Discard)
		}},
		{"doctor.json", func(to screen) error {
			return doctorFlags{output: "json", color: "never", timeout: time.Minute}.run(ctx, open, to, io.Discard)
		}},
	} {
		var out bytes.Buffer
		err := c.run(screen{out: &out, getenv: func(string) string { return "" }})
		switch _, without := errors.AsType[noReports](err); {
		case without:
			fmt.Fprintln(&out, err)
		case out.Len() == 0: // what was printed says what is wrong
			if err != nil {
				g.archive.Miss(c.name, err)
			}
			continue
		}
		if err := g.archive.Add(c.name, []byte(gather.Text(out.String()))); err != nil {
			return err
		}
	}
	return nil
}

// reports adds the rows of the nodes, and finds the nodes with problems.
func (g *gathering) reports(ctx context.Context) error {
	c, err := g.access.cluster(ctx)
	if err != nil {
		g.archive.Miss("ovs-rows.txt", err)
		return nil
	}
	for _, p := range c.Summarize().Problems {
		if !p.Cluster {
			g.sick = append(g.sick, p.Nodes...)
		}
	}
	return g.archive.Add("ovs-rows.txt", gather.Rows(c.Exports))
}

// objects adds the objects that Sluice reads and writes.
func (g *gathering) objects(ctx context.Context) error {
	label := metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=sluice"}
	about := metav1.ListOptions{FieldSelector: "involvedObject.apiVersion=" + v1alpha1.GroupVersion.String()}
	for _, o := range []struct {
		name      string
		resource  schema.GroupVersionResource
		namespace string
		object    string
		options   metav1.ListOptions
		reduce    func(*unstructured.Unstructured) *unstructured.Unstructured
	}{
		{"network", kube.Networks(), "", validation.ClusterName, metav1.ListOptions{}, gather.Network},
		{"flows-config", kube.ConfigMaps(), validation.FlowsConfigNamespace, validation.FlowsConfigName, metav1.ListOptions{}, nil},
		{"policies", kube.Policies(), "", "", metav1.ListOptions{}, nil},
		{"profiles", kube.Profiles(), "", "", metav1.ListOptions{}, nil},
		{"flowexports", kube.FlowExports(), "", "", metav1.ListOptions{}, nil},
		{"reports", kube.NodeFlowExports(), "", "", metav1.ListOptions{}, nil},
		{"nodes", kube.Nodes(), "", "", metav1.ListOptions{}, gather.Node},
		{"agent-leases", kube.Leases(), v1alpha1.AgentNamespace, "", metav1.ListOptions{}, nil},
		{"leases", kube.Leases(), webhookNamespace, "", metav1.ListOptions{}, nil},
		{"registration-mutating", registration.Resource(registration.Mutating), "", registration.Name, metav1.ListOptions{}, nil},
		{"registration-validating", registration.Resource(registration.Validating), "", registration.Name, metav1.ListOptions{}, nil},
		{"admission-policies", kube.AdmissionPolicies(), "", "", label, nil},
		{"admission-policy-bindings", kube.AdmissionPolicyBindings(), "", "", label, nil},
		{"events", kube.Events(), "", "", about, nil},
		{"events-webhook", kube.Events(), webhookNamespace, "", metav1.ListOptions{}, nil},
		{"events-agents", kube.Events(), v1alpha1.AgentNamespace, "", metav1.ListOptions{}, nil},
		{"endpointslices", kube.EndpointSlices(), webhookNamespace, "", metav1.ListOptions{}, nil},
	} {
		name := "objects/" + o.name + ".yaml"
		if o.object != "" {
			if err := g.named(ctx, name, o.resource, o.namespace, []string{o.object}, o.reduce); err != nil {
				return err
			}
			continue
		}
		if _, err := g.all(ctx, name, o.resource, o.namespace, o.options, o.reduce); err != nil {
			return err
		}
	}
	return g.named(ctx, "objects/crds.yaml", definitions(), "", definitionNames(), gather.Definition)
}

// workloads adds the workloads, their pods and the logs.
func (g *gathering) workloads(ctx context.Context) error {
	label := metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=sluice"}
	for _, namespace := range []string{webhookNamespace, v1alpha1.AgentNamespace} {
		for _, resource := range []schema.GroupVersionResource{
			{Group: "apps", Version: "v1", Resource: "deployments"}, kube.DaemonSets(), {Version: "v1", Resource: "pods"},
		} {
			name := fmt.Sprintf("%s/%s.yaml", namespace, resource.Resource)
			list, err := g.all(ctx, name, resource, namespace, label, nil)
			if err != nil {
				return err
			}
			if resource.Resource != "pods" {
				continue
			}
			if err := g.logs(ctx, namespace, g.chosen(namespace, list)); err != nil {
				return err
			}
		}
	}
	return nil
}

// chosen are the pods from which logs are read: of the agents, those of nodes with problems first.
func (g *gathering) chosen(namespace string, pods []unstructured.Unstructured) []unstructured.Unstructured {
	if namespace != v1alpha1.AgentNamespace {
		return pods
	}
	slices.SortStableFunc(pods, func(a, b unstructured.Unstructured) int {
		return g.place(a) - g.place(b)
	})
	if left := len(pods) - g.nodes; left > 0 {
		g.archive.Miss("logs of agents", fmt.Errorf("%d of %d are left out; --agent-logs includes more", left, len(pods)))
	}
	return pods[:min(len(pods), g.nodes)]
}

func (g *gathering) place(pod unstructured.Unstructured) int {
	node, _, _ := unstructured.NestedString(pod.Object, "spec", "nodeName")
	if slices.Contains(g.sick, node) {
		return 0
	}
	return 1
}
