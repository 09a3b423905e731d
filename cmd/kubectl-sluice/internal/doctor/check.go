package doctor

import (
	"context"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"

	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
	"sluice/webhook/paths"
)

// State is the result of a check.
type State string

// The states.
const (
	OK      State = "ok"
	Bad     State = "bad"
	Warn    State = "warn"    // it was a problem, or may become one
	Unknown State = "unknown" // the check could not be run
)

// Finding is what a check found.
type Finding struct {
	// ID names the check, for scripts. It never changes.
	ID    string `json:"id"`
	State State  `json:"state"`
	// What is checked.
	What string `json:"what"`
	// Detail says what was found, if nothing is wrong.
	Detail string `json:"detail,omitempty"`
	// Why says what is wrong, and Do how to fix it.
	Why string `json:"why,omitempty"`
	Do  string `json:"do,omitempty"`

	// absent says that there is no trace of what is checked.
	absent bool
}

// Title is what is checked and, if nothing is wrong, what was found.
func (f Finding) Title() string {
	if f.Detail == "" {
		return f.What
	}
	return f.What + ": " + f.Detail
}

// unknown is the finding of a check that could not be run.
func (f Finding) unknown(err error) Finding {
	f.State, f.Why = Unknown, paths.Redact(err.Error())
	return f
}

// Cluster is what is checked.
type Cluster struct {
	kube.Reader
	Now func() time.Time
	// Metrics reads the metrics of the API server, and Version its version.
	Metrics func(context.Context) (string, error)
	Version func() (*version.Info, error)
	// Status reads what "kubectl sluice status" shows.
	Status func(context.Context) (status.Cluster, error)
	// Plugin is the version of this program.
	Plugin string
}

// Check runs all checks, causes before their effects.
func (c Cluster) Check(ctx context.Context) []Finding {
	list := []Finding{c.supported(), c.platform(ctx), c.served(ctx), c.schemas(ctx), c.versions(ctx), c.pods(ctx), c.deployments(ctx)}
	registered, noneReady := c.registered(ctx)
	list = append(list, registered...)
	list = append(list, c.rejects(ctx), c.storedLists(ctx), c.controlled(ctx), c.admissionPolicies(ctx), c.validity(ctx), c.removals(ctx), c.inForce(ctx, noneReady), c.certificates(ctx), c.unreviewed(ctx))
	list = append(list, c.scheduled(ctx), c.alive(ctx), c.reports(ctx), c.flowExports(ctx), c.monitoring(ctx))
	for i := range list {
		if list[i].State != OK {
			list[i].Detail = ""
		}
	}
	return list
}

// Installed reports whether findings contain a trace of Sluice.
func Installed(list []Finding) bool {
	for _, f := range list {
		if (f.ID == idCRDs || f.ID == idMutating || f.ID == idValidating) && !f.absent {
			return true
		}
	}
	return false
}

const reinstall = "apply the manifests of this version again"

// The IDs of the checks.
const (
	idKubernetes        = "kubernetes-version"
	idPlatform          = "platform"
	idCRDs              = "crds"
	idSchemas           = "crd-schemas"
	idVersions          = "versions"
	idPods              = "pods"
	idDeployments       = "deployments"
	idMutating          = "registration-mutating"
	idValidating        = "registration-validating"
	idPath              = "webhook-path"
	idAuthority         = "webhook-ca"
	idReplicas          = "webhook-replicas"
	idCertificate       = "webhook-certificate"
	idRejection         = "rejection"
	idStoredLists       = "stored-lists"
	idController        = "controller"
	idAdmissionPolicies = "admission-policies"
	idValidity          = "policies-valid"
	idRemovals          = "removals"
	idInForce           = "policies-in-force"
	idUnreviewed        = "unreviewed-changes"
	idDaemonSet         = "agents-scheduled"
	idAlive             = "agents-alive"
	idReports           = "reports"
	idFlowExports       = "flowexports"
	idMonitoring        = "monitoring"
)

// resources are those of the CRDs of the manifests.
func resources() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{kube.Policies(), kube.Profiles(), kube.NodeFlowExports(), kube.FlowExports()}
}

// served looks for the CRDs.
func (c Cluster) served(ctx context.Context) Finding {
	f := Finding{ID: idCRDs, State: OK, What: "CRDs of Sluice"}
	var missing []string
	for _, resource := range resources() {
		_, err := c.Client.Resource(resource).List(ctx, metav1.ListOptions{Limit: 1})
		switch {
		case apierrors.IsNotFound(err):
			missing = append(missing, resource.GroupResource().String())
		case err != nil && f.State == OK:
			f = f.unknown(err)
		}
	}
	if missing != nil {
		f.State, f.Why, f.Do = Bad, "there is no CRD "+strings.Join(missing, ", "), reinstall
		if len(missing) == len(resources()) {
			f.absent = true
		}
	}
	return f
}
