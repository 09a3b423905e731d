package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	kjson "sigs.k8s.io/json"

	"github.com/sluice-project/sluice/validation"
)

// admissionReview holds the fields of an admission.k8s.io/v1 AdmissionReview that are
// read. Decoding into k8s.io/api's type would cost several times as much, and decode the
// whole object three times.
type admissionReview struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Request    *admissionRequest `json:"request"`
}

type admissionRequest struct {
	UID         string         `json:"uid"`
	Kind        groupKind      `json:"kind"`
	Resource    groupResource  `json:"resource"`
	SubResource string         `json:"subResource"`
	Name        string         `json:"name"`
	Namespace   string         `json:"namespace"`
	Operation   string         `json:"operation"`
	UserInfo    userInfo       `json:"userInfo"`
	Object      *reviewedState `json:"object"`
	OldObject   *reviewedState `json:"oldObject"`
	DryRun      bool           `json:"dryRun"`
}

type groupKind struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

type groupResource struct {
	Group    string `json:"group"`
	Version  string `json:"version"`
	Resource string `json:"resource"`
}

type userInfo struct {
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
}

// reviewedState is a Network or a ConfigMap. Before mutation the API server has not
// checked the object against its schema, so what the user may have got wrong stays raw.
type reviewedState struct {
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec struct {
		ExportNetworkFlows json.RawMessage `json:"exportNetworkFlows"`
		ClusterNetwork     json.RawMessage `json:"clusterNetwork"`
		ServiceNetwork     json.RawMessage `json:"serviceNetwork"`
		DefaultNetwork     struct {
			Type json.RawMessage `json:"type"`
		} `json:"defaultNetwork"`
		ManagementState json.RawMessage `json:"managementState"`
	} `json:"spec"`
	Data       json.RawMessage `json:"data"`
	BinaryData json.RawMessage `json:"binaryData"`
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

// decode reads a review. JSON keys are compared exactly, as the API server does, and a
// duplicate key is an error: no API server sends one.
func decode(body []byte) (*admissionRequest, error) {
	var review admissionReview
	strict, err := kjson.UnmarshalStrict(body, &review, kjson.DisallowDuplicateFields)
	if err != nil && !inObject(err) {
		return nil, badRequest("not-json", "not an AdmissionReview: %w", err)
	}
	if len(strict) > 0 {
		return nil, badRequest("duplicate-key", "not an AdmissionReview: %w", errors.Join(strict...))
	}
	if review.APIVersion != "admission.k8s.io/v1" || review.Kind != "AdmissionReview" {
		return nil, badRequest("wrong-version", "want kind AdmissionReview of admission.k8s.io/v1, got kind %q of %q", review.Kind, review.APIVersion)
	}
	request := review.Request
	switch {
	case request == nil:
		return nil, badRequest("no-request", "the AdmissionReview has no request")
	case request.UID == "":
		return nil, badRequest("no-uid", "the AdmissionReview has no request.uid")
	case request.Object == nil:
		return nil, badRequest("no-object", "the AdmissionReview has no request.object")
	case request.Operation == opUpdate && request.OldObject == nil:
		return nil, badRequest("no-object", "the AdmissionReview has no request.oldObject")
	}
	return request, nil
}

const (
	opCreate = "CREATE"
	opUpdate = "UPDATE"
)

// inObject tells a JSON type that doesn't fit inside the reviewed object, such as a string
// for spec. That is the user's mistake; the schema of the CRD refuses it with its own
// message.
func inObject(err error) bool {
	var mismatch *json.UnmarshalTypeError
	return errors.As(err, &mismatch) &&
		(strings.HasPrefix(mismatch.Field, "request.object.spec") || strings.HasPrefix(mismatch.Field, "request.oldObject.spec"))
}

// input turns a request into what the core reviews.
func input(request *admissionRequest) (validation.Input, error) {
	resource, err := reviewedResource(request)
	if err != nil {
		return validation.Input{}, err
	}
	in := validation.Input{User: validation.User{Name: request.UserInfo.Username, Groups: request.UserInfo.Groups}}
	switch request.Operation {
	case opCreate:
		in.Operation = validation.Create
	case opUpdate:
		in.Operation = validation.Update
		old, err := request.OldObject.object(resource)
		if err != nil {
			return in, badRequest("bad-object", "request.oldObject: %w", err)
		}
		in.Old = &old
	default:
		return in, badRequest("wrong-operation", "reviews CREATE and UPDATE, not %q; check the rules of the webhook's registration", request.Operation)
	}
	if in.Object, err = request.Object.object(resource); err != nil {
		return in, badRequest("bad-object", "request.object: %w", err)
	}
	return in, nil
}

// reviewedResource refuses what Sluice has no rules for. Answering "allowed" would hide a
// registration that matches too much, "denied" would block what is not ours.
func reviewedResource(request *admissionRequest) (validation.Resource, error) {
	switch r := request.Resource; {
	case request.SubResource != "":
	case r == groupResource{"operator.openshift.io", "v1", "networks"} && request.Kind.Kind == "Network":
		return validation.Network, nil
	case r == groupResource{"", "v1", "configmaps"} && request.Kind.Kind == "ConfigMap" &&
		request.Object.Metadata.Name == validation.FlowsConfigName && request.Namespace == validation.FlowsConfigNamespace:
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
	return validation.Quote(resource + " " + request.Object.Metadata.Name)
}

// object reads the raw fields.
func (s *reviewedState) object(resource validation.Resource) (validation.Object, error) {
	o := validation.Object{Resource: resource, Name: s.Metadata.Name, Namespace: s.Metadata.Namespace}
	for _, field := range []struct {
		name string
		raw  json.RawMessage
		to   *validation.Value
	}{
		{"spec.exportNetworkFlows", s.Spec.ExportNetworkFlows, &o.ExportNetworkFlows},
		{"spec.clusterNetwork", s.Spec.ClusterNetwork, &o.ClusterNetwork},
		{"spec.serviceNetwork", s.Spec.ServiceNetwork, &o.ServiceNetwork},
		{"spec.defaultNetwork.type", s.Spec.DefaultNetwork.Type, &o.NetworkType},
		{"spec.managementState", s.Spec.ManagementState, &o.ManagementState},
		{"data", s.Data, &o.Data},
		{"binaryData", s.BinaryData, &o.BinaryData},
	} {
		if len(field.raw) == 0 {
			continue
		}
		value, err := validation.ParseJSON(field.raw)
		if err != nil {
			return o, fmt.Errorf("%s: %w", field.name, err)
		}
		*field.to = value
	}
	return o, nil
}
