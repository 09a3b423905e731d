package webhook

import (
	"fmt"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// admissionRequest holds the fields of the request in an admission.k8s.io/v1
// AdmissionReview that a verdict depends on. Decoding into k8s.io/api's type would cost
// several times as much, and decode the object three times.
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
	// Exceeded is the place at which the review held more than validation.MaxValues values;
	// empty if it did not. Such a request was not read to the end and must not be evaluated.
	Exceeded string
}

// requestError is a request that can't be reviewed: the caller's fault, or ours.
type requestError struct {
	status int    // HTTP
	reason string // of the metric
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

// input turns a request into what the core reviews.
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
		return in, badRequest("wrong-operation", "reviews CREATE, UPDATE and DELETE, not %q; check the rules of the webhook's registration", request.Operation)
	}
	return in, nil
}

// reviewedResource refuses what Sluice has no rules for. Answering "allowed" would hide a
// registration that matches too much, "denied" would block what is not ours.
func reviewedResource(request *admissionRequest) (validation.Resource, error) {
	switch r := request.Resource; {
	case request.SubResource != "":
	case r == metav1.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"} && request.Kind.Kind == "Network":
		return validation.Network, nil
	case r == metav1.GroupVersionResource{Version: "v1", Resource: "configmaps"} && request.Kind.Kind == "ConfigMap" &&
		request.Object.Name == validation.FlowsConfigName && request.Namespace == validation.FlowsConfigNamespace:
		return validation.FlowsConfig, nil
	}
	return 0, badRequest("wrong-resource",
		"reviews networks.v1.operator.openshift.io and the ConfigMap %s/%s, not %s; check the rules of the webhook's registration",
		validation.FlowsConfigNamespace, validation.FlowsConfigName, describe(request))
}

func describe(request *admissionRequest) string {
	r := request.Resource
	resource := strings.Trim(r.Resource+"/"+request.SubResource, "/") + "." + r.Version
	if r.Group != "" {
		resource += "." + r.Group
	}
	return validation.Quote(resource + " " + request.Object.Name)
}
