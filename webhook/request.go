package webhook

import (
	"fmt"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// admissionRequest holds the fields of the request in an admission.k8s.io/v1
// AdmissionReview that a verdict depends on. The type of k8s.io/api would cost several times as
// much, and decode the object three times.
type admissionRequest struct {
	UID         string
	Kind        metav1.GroupVersionKind
	Resource    metav1.GroupVersionResource
	SubResource string
	Namespace   string
	Operation   string
	User        validation.User
	Object      *validation.Object
	OldObject   *validation.Object
	DryRun      bool
	// Unreadable says why the request was not read to the end. It is incomplete then and must not
	// be evaluated.
	Unreadable error
}

// requestError is the error of a request that can't be reviewed.
type requestError struct {
	status int    // HTTP
	reason string // label of the metric
	err    error
}

func (e *requestError) Error() string { return e.err.Error() }
func (e *requestError) Unwrap() error { return e.err }

func badRequest(reason, format string, args ...any) error {
	return &requestError{http.StatusBadRequest, reason, fmt.Errorf(format, args...)}
}

const (
	opCreate = "CREATE"
	opUpdate = "UPDATE"
	opDelete = "DELETE"
)

// input converts a request to the input of a review.
func input(request *admissionRequest) (validation.Input, error) {
	resource, err := reviewedResource(request)
	if err != nil {
		return validation.Input{}, err
	}
	in := validation.Input{User: request.User, Object: *request.Object}
	in.Object.Resource = resource
	switch request.Operation {
	case opCreate:
		in.Operation = validation.Create
	case opUpdate, opDelete:
		in.Operation = validation.Update
		if request.Operation == opDelete {
			in.Operation = validation.Delete
		}
		in.Old = request.OldObject
		in.Old.Resource = resource
	default:
		return in, badRequest("wrong-operation", "operation %s is not supported, only CREATE, UPDATE and DELETE; check the rules of the webhook configuration", validation.Quote(request.Operation))
	}
	return in, nil
}

// reviewedResource rejects resources that Sluice has no rules for. To allow them would hide a
// webhook configuration that matches too much, and to deny them would block unrelated changes.
func reviewedResource(request *admissionRequest) (validation.Resource, error) {
	switch r := request.Resource; {
	case request.SubResource != "":
	case r == metav1.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"} && request.Kind.Kind == "Network":
		return validation.Network, nil
	case r == metav1.GroupVersionResource{Version: "v1", Resource: "configmaps"} && request.Kind.Kind == "ConfigMap" &&
		request.Object.Name == validation.FlowsConfigName && request.Namespace == validation.FlowsConfigNamespace:
		return validation.FlowsConfig, nil
	case r == metav1.GroupVersionResource{Group: "sluice.dev", Version: "v1alpha1", Resource: "flowexportprofiles"} && request.Kind.Kind == profileKind &&
		request.holds(validation.Profile):
		return validation.Profile, nil
	case r == metav1.GroupVersionResource{Group: "sluice.dev", Version: "v1alpha1", Resource: "flowexports"} && request.Kind.Kind == exportKind &&
		request.holds(validation.FlowExport):
		return validation.FlowExport, nil
	// Every version: an unknown one must not pass unread.
	case r.Group == validation.FlowCollectorGroup && r.Resource == validation.FlowCollectorResource && request.Kind.Kind == validation.FlowCollectorKind:
		return validation.FlowCollector, nil
	}
	return 0, badRequest("wrong-resource",
		"%s is not supported, only networks.v1.operator.openshift.io, flowexportprofiles.v1alpha1.sluice.dev, flowexports.v1alpha1.sluice.dev, flowcollectors.flows.netobserv.io and the ConfigMap %s/%s; check the rules of the webhook configuration",
		describe(request), validation.FlowsConfigNamespace, validation.FlowsConfigName)
}

// holds reports whether the objects were read as those of a resource: its kind
// came first, and each profile has a spec.
func (r *admissionRequest) holds(resource validation.Resource) bool {
	return r.Object.Resource == resource && (r.OldObject == nil || r.OldObject.Resource == resource)
}

func describe(request *admissionRequest) string {
	r := request.Resource
	resource := strings.Trim(r.Resource+"/"+request.SubResource, "/") + "." + r.Version
	if r.Group != "" {
		resource += "." + r.Group
	}
	return validation.Quote(resource + " " + request.Object.Name)
}
