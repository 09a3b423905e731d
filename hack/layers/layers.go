// Package layers says which package of the module may import which. The architecture test
// checks it, transitively, and the import rules of the linter are generated from it.
package layers

// Module is the path of the module.
const Module = "sluice"

// Layer is one folder with its subfolders, except subfolders that are layers themselves.
type Layer struct {
	Folder string
	// Does describes the content of the layer.
	Does string
	// May are the folders of the module that it may import, with their subfolders.
	May []string
	// Never must not be reached, not even through other packages. They are paths of other
	// modules, or folders of this one.
	Never []string
	// Pure layers are functions of values: they import no os, os/exec or net/http, and reach
	// no client of a cluster.
	Pure bool
	// Exec layers may import os/exec.
	Exec bool
}

// Clients are the packages that a pure layer does not reach.
func Clients() []string {
	return []string{"k8s.io/client-go", "sigs.k8s.io/controller-runtime"}
}

// Effects are the packages that a pure layer does not import.
func Effects() []string { return []string{"os", "os/exec", "net/http"} }

// All lists the layers, the lowest first.
func All() []Layer {
	return []Layer{
		{Folder: "api", Does: "types, condition types and reasons of the API group", Never: []string{"k8s.io/api", "k8s.io/client-go"}},
		{Folder: "manifests", Does: "the manifests, and the webhook configurations for comparison"},
		{Folder: "docs", Does: "the pages, including those that the programs print"},

		{Folder: "validation", Does: "the verdict on one object", Pure: true},
		{Folder: "validation/policy", Does: "policies as values: read, compile, evaluate, audit, explain", Pure: true, May: []string{"api", "validation"}},
		{Folder: "validation/profile", Does: "which profile applies to a node, and what each is good for", Pure: true, May: []string{"api"}},
		{Folder: "validation/vap", Does: "rules and policies as ValidatingAdmissionPolicies", Pure: true, May: []string{"validation", "validation/policy"}},

		{Folder: "internal/document", Does: "parsing YAML and JSON files with positions, and rewriting them", Pure: true, May: []string{"validation"}},
		{Folder: "internal/backoff", Does: "how long to wait after failures", Pure: true},
		{Folder: "internal/connections", Does: "limits of a server's connections", Never: domain()},
		{Folder: "internal/health", Does: "health and metrics over HTTP", May: []string{"internal/connections"}, Never: domain()},
		{Folder: "internal/informer", Does: "watching objects of the API server", Never: domain()},
		{Folder: "internal/kube", Does: "the resources, and reading them from a cluster", May: []string{"api", "validation", "validation/policy"}},

		{Folder: "certs", Does: "serving certificates", May: []string{"internal/informer"}, Never: append(domain(), "webhook")},

		{Folder: "webhook", Does: "answering AdmissionReviews with verdicts", May: []string{"internal/connections", "internal/health", "validation"}, Never: []string{"applier"}},
		{Folder: "webhook/admissionpolicies", Does: "keeping ValidatingAdmissionPolicies in the API server", May: []string{"api", "internal/informer", "internal/kube", "validation", "validation/policy", "validation/vap"}, Never: []string{"applier"}},
		{Folder: "webhook/enforcement", Does: "policies in force, their status, Events, audit and election", May: []string{"api", "internal", "validation", "validation/policy", "webhook/admissionpolicies"}, Never: []string{"applier"}},
		{Folder: "webhook/profiles", Does: "the status of profiles", May: []string{"api", "internal/backoff", "internal/informer", "internal/kube", "validation", "validation/profile"}, Never: []string{"applier"}},
		{Folder: "webhook/tenants", Does: "namespaces of FlowExports, and their status", May: []string{"api", "internal/backoff", "internal/informer", "internal/kube", "validation", "validation/policy"}, Never: []string{"applier"}},
		{Folder: "webhook/registration", Does: "the webhook configurations of Sluice", May: []string{"internal/informer", "manifests"}, Never: domain()},
		{Folder: "webhook/activation", Does: "when API servers begin to call the webhook", May: []string{"api", "internal/kube", "webhook/registration"}, Never: []string{"applier", "webhook/enforcement"}},
		{Folder: "webhook/paths", Does: "the paths that only API servers know", May: []string{"internal/informer", "webhook/registration"}, Never: domain()},

		{Folder: "applier/ovs", Does: "state of Open vSwitch, plans, arguments, tool output", Pure: true, May: []string{"validation"}},
		{Folder: "applier/desired", Does: "the desired configuration of a node", Pure: true, May: []string{"api", "applier/ovs", "validation", "validation/profile"}},
		{Folder: "applier/preview", Does: "changes that an agent would make", Pure: true, May: []string{"api", "applier/desired", "applier/ovs", "internal/document", "validation"}},
		{Folder: "applier/collector", Does: "decoding and counting flow records", Pure: true, May: []string{"validation"}},
		{Folder: "applier/splitter", Does: "the records of a node's bridge, selected by namespace and sent to each one's collectors", Pure: true},
		{Folder: "applier/node", Does: "this machine: runs the tools, reads sockets and logs, watches OVSDB", May: []string{"applier/ovs"}, Never: []string{"k8s.io/client-go"}, Exec: true},
		{Folder: "applier/agent", Does: "the control loop on a node", May: []string{"api", "applier/collector", "applier/desired", "applier/ovs", "applier/splitter", "internal/backoff", "internal/kube", "validation"}, Never: []string{"webhook"}},
		{Folder: "applier/source", Does: "objects of the API server for the agent, and its report", May: []string{"api", "applier/agent", "applier/desired", "internal/backoff", "internal/informer", "internal/kube", "validation"}, Never: []string{"webhook"}},

		{Folder: "cmd/internal", Does: "what several programs share", May: []string{"validation"}},
		{
			Folder: "cmd/sluice", Does: "the tool for pipelines",
			May:   []string{"api", "cmd/internal", "docs", "internal/document", "internal/kube", "validation", "validation/policy", "validation/vap"},
			Never: []string{"webhook", "certs", "applier", "sigs.k8s.io/controller-runtime", "github.com/cert-manager/cert-manager"},
		},
		{
			Folder: "cmd/sluice-webhook", Does: "the server", May: []string{"certs", "cmd/internal", "internal/health", "internal/informer", "internal/kube", "validation", "webhook", "webhook/activation", "webhook/admissionpolicies", "webhook/enforcement", "webhook/paths", "webhook/profiles", "webhook/registration", "webhook/tenants"},
			Never: []string{"applier"},
		},
		{
			Folder: "cmd/sluice-agent", Does: "the agent, and plan on a node", May: []string{"api", "applier", "cmd/internal", "internal/health", "internal/informer", "internal/kube"},
			Never: []string{"webhook", "certs", "github.com/cert-manager/cert-manager"},
		},
		{Folder: "cmd/kubectl-sluice/internal/browser", Does: "opening the user's browser", Never: append(domain(), "k8s.io/client-go"), Exec: true},
		{
			Folder: "cmd/kubectl-sluice", Does: "the kubectl plugin",
			May: []string{"api", "applier/desired", "applier/ovs", "applier/preview", "cmd/internal", "cmd/kubectl-sluice/internal/browser", "docs", "internal/connections", "internal/informer", "internal/kube", "manifests", "validation", "validation/policy", "webhook/paths", "webhook/registration"},
			Never: []string{
				"applier/agent", "applier/node", "applier/collector", "applier/source", "certs", "webhook/enforcement", "sigs.k8s.io/controller-runtime",
				"github.com/prometheus/client_golang", "github.com/netsampler/goflow2",
			},
		},
	}
}

// domain lists the layers about flows. Layers about the trust of API servers do not reach them.
func domain() []string { return []string{"validation", "applier", "webhook/enforcement"} }
