package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"sluice/validation"
)

// maxText bounds the names and identities of a request. An answer repeats some of them, and its
// encoding can take six bytes for one. Names of objects have at most 253 bytes.
const maxText = 4 << 10

// decode reads a review. JSON keys are compared exactly, as in the API server. A duplicate of a
// key that is read is an error: API servers do not send any.
//
// What a user wrote can make a review unreadable, for example by its depth. The API server puts
// the UID before that, so that such a request is returned with the error, to be rejected by an
// answer.
func decode(b *body) (*admissionRequest, error) {
	// To find duplicates of all keys, the decoder would keep every key of every object.
	b.json.Reset(&b.Buffer, jsontext.AllowDuplicateNames(true))
	review := reviewDecoder{json: b.json, values: b.values}
	err := review.decode()
	if problem := b.selector.problem; problem != nil {
		err = problem
		if errors.Is(problem, errTooLarge) {
			err = fmt.Errorf("%w; the last one is %s", problem, review.place())
		}
	}
	switch {
	case err == nil:
	case review.request == nil || review.request.UID == "" || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, badRequest("not-json", "not an AdmissionReview: %w", err)
	default:
		review.request.Unreadable = err
		return review.request, nil
	}
	if review.apiVersion != "admission.k8s.io/v1" || review.kind != "AdmissionReview" {
		return nil, badRequest("wrong-version", "want kind AdmissionReview of admission.k8s.io/v1, got kind %s of %s",
			validation.Quote(review.kind), validation.Quote(review.apiVersion))
	}
	request := review.request
	switch {
	case request == nil:
		return nil, badRequest("no-request", "the AdmissionReview has no request")
	case request.UID == "":
		return nil, badRequest("no-uid", "the AdmissionReview has no request.uid")
	case request.OldObject == nil && (request.Operation == opUpdate || request.Operation == opDelete):
		return nil, badRequest("no-object", "the AdmissionReview has no request.oldObject")
	case request.Operation == opDelete: // its object is null
		request.Object = &validation.Object{Name: request.OldObject.Name, Namespace: request.OldObject.Namespace, Resource: request.OldObject.Resource}
	case request.Object == nil:
		return nil, badRequest("no-object", "the AdmissionReview has no request.object")
	}
	return request, nil
}

// reviewDecoder reads one AdmissionReview in a single pass. Parts that a verdict does not depend
// on, such as managedFields and status, are skipped.
type reviewDecoder struct {
	json       *jsontext.Decoder
	apiVersion string
	kind       string
	request    *admissionRequest
	// values reads the values of all objects of the review, and bounds what they hold together.
	values *validation.ValueReader
}

func (d *reviewDecoder) decode() error {
	err := d.members(func(key []byte) error {
		switch string(key) {
		case `"apiVersion"`:
			return d.text(&d.apiVersion)
		case `"kind"`:
			return d.text(&d.kind)
		case `"request"`:
			if d.json.PeekKind() == 'n' {
				return d.json.SkipValue()
			}
			if d.request != nil {
				return d.duplicate()
			}
			d.request = &admissionRequest{}
			return d.members(d.requestMember)
		}
		return d.json.SkipValue()
	})
	if err != nil {
		return err
	}
	if _, err := d.json.ReadToken(); err == nil {
		return errors.New("there is text after the value")
	}
	return nil
}

func (d *reviewDecoder) requestMember(key []byte) error {
	r := d.request
	switch string(key) {
	case `"uid"`:
		return d.text(&r.UID)
	case `"kind"`:
		return d.texts(field{`"group"`, &r.Kind.Group}, field{`"version"`, &r.Kind.Version}, field{`"kind"`, &r.Kind.Kind})
	case `"resource"`:
		return d.texts(field{`"group"`, &r.Resource.Group}, field{`"version"`, &r.Resource.Version}, field{`"resource"`, &r.Resource.Resource})
	case `"subResource"`:
		return d.text(&r.SubResource)
	case `"namespace"`:
		return d.text(&r.Namespace)
	case `"operation"`:
		return d.text(&r.Operation)
	case `"userInfo"`:
		return d.user(&r.User)
	case `"object"`:
		return d.object(&r.Object, false)
	case `"oldObject"`:
		return d.object(&r.OldObject, true)
	case `"dryRun"`:
		token, err := d.json.ReadToken()
		r.DryRun = err == nil && token.Kind() == 't'
		return err
	}
	return d.json.SkipValue()
}

// user reads the user who makes the request.
func (d *reviewDecoder) user(to *validation.User) error {
	return d.members(func(key []byte) error {
		switch string(key) {
		case `"username"`:
			return d.text(&to.Name)
		case `"groups"`:
			return d.groups(to)
		}
		return d.json.SkipValue()
	})
}

// groups reads all groups, because a policy can name any of them.
func (d *reviewDecoder) groups(to *validation.User) error {
	switch d.json.PeekKind() {
	case 'n':
		return d.json.SkipValue()
	case '[':
	default:
		return fmt.Errorf("%s is not a list", d.place())
	}
	if to.Groups != nil {
		return d.duplicate()
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	for d.json.PeekKind() != ']' {
		if !d.values.Take(1) {
			return fmt.Errorf("%s %w", d.place(), validation.ErrTooManyValues)
		}
		var group string
		if err := d.text(&group); err != nil {
			return err
		}
		if to.Groups == nil {
			to.Groups = make([]string, 0, 4) // most users have two or three
		}
		to.Groups = append(to.Groups, group)
	}
	_, err := d.json.ReadToken()
	return err
}

// The kinds of the objects whose whole spec is read. API servers name the kind before the object. The
// first is the beginning of the second.
const (
	exportKind  = "FlowExport"
	profileKind = "FlowExportProfile"
)

// object reads a Network, a ConfigMap, a FlowExportProfile, a FlowExport or null. Before mutation the API server has not validated
// the object against its schema, so that every value can have any type. Of an old object, only
// the values that are compared with the new ones are read.
func (d *reviewDecoder) object(to **validation.Object, old bool) error {
	if d.json.PeekKind() == 'n' {
		return d.json.SkipValue()
	}
	if *to != nil {
		return d.duplicate()
	}
	o := &validation.Object{}
	if d.request.Kind.Kind == exportKind { // even without a spec, which the mutating call has to reject
		o.Resource = validation.FlowExport
	}
	*to = o
	return d.members(func(key []byte) error {
		switch string(key) {
		case `"metadata"`:
			return d.metadata(o)
		case `"spec"`:
			switch d.request.Kind.Kind {
			case profileKind:
				o.Resource = validation.Profile
				return d.valueInto(&o.Profile)
			case exportKind:
				return d.valueInto(&o.ExportNetworkFlows)
			}
			return d.spec(o, old)
		case `"data"`:
			return d.valueInto(&o.Data)
		case `"binaryData"`:
			return d.valueInto(&o.BinaryData)
		}
		return d.json.SkipValue()
	})
}

// metadata reads the names and the owner references.
func (d *reviewDecoder) metadata(o *validation.Object) error {
	return d.members(func(key []byte) error {
		switch string(key) {
		case `"name"`:
			return d.text(&o.Name)
		case `"namespace"`:
			return d.text(&o.Namespace)
		case `"ownerReferences"`:
			return d.valueInto(&o.OwnerReferences)
		case `"deletionTimestamp"`:
			o.Deleting = d.json.PeekKind() == '"'
			return d.json.SkipValue()
		}
		return d.json.SkipValue()
	})
}

// spec reads the spec of a Network. If it is not an object, the schema of the CRD rejects it.
func (d *reviewDecoder) spec(o *validation.Object, old bool) error {
	if d.json.PeekKind() != '{' {
		return d.json.SkipValue()
	}
	return d.members(func(key []byte) error {
		if string(key) == `"exportNetworkFlows"` {
			return d.valueInto(&o.ExportNetworkFlows)
		}
		if string(key) == `"managementState"` {
			return d.valueInto(&o.ManagementState)
		}
		if read, err := d.flowCollector(key, o); read {
			return err
		}
		if old {
			return d.json.SkipValue()
		}
		switch string(key) {
		case `"clusterNetwork"`:
			return d.valueInto(&o.ClusterNetwork)
		case `"serviceNetwork"`:
			return d.valueInto(&o.ServiceNetwork)
		case `"defaultNetwork"`:
			return d.networkType(o)
		}
		return d.json.SkipValue()
	})
}

func (d *reviewDecoder) networkType(o *validation.Object) error {
	if d.json.PeekKind() != '{' {
		return d.json.SkipValue()
	}
	return d.members(func(key []byte) error {
		if string(key) == `"type"` {
			return d.valueInto(&o.NetworkType)
		}
		return d.json.SkipValue()
	})
}

// place names the value that is being read, as a JSON pointer.
func (d *reviewDecoder) place() string {
	if pointer := d.json.StackPointer(); pointer != "" {
		return string(pointer)
	}
	return "the body"
}

func (d *reviewDecoder) duplicate() error { return fmt.Errorf("duplicate key %s", d.place()) }

// members calls f for each key of the next object, and f reads the value. The key is the quoted
// text, and is valid until f reads the value.
func (d *reviewDecoder) members(f func(key []byte) error) error {
	if kind := d.json.PeekKind(); kind != '{' && kind != 0 {
		return fmt.Errorf("%s is not an object", d.place())
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	for d.json.PeekKind() == '"' {
		key, err := d.json.ReadValue()
		if err != nil {
			return err
		}
		if err := f(key); err != nil {
			return err
		}
	}
	_, err := d.json.ReadToken()
	return err
}

// text reads a string.
func (d *reviewDecoder) text(to *string) error {
	raw, err := d.json.ReadValue()
	if err != nil {
		return err
	}
	if raw.Kind() != '"' {
		return fmt.Errorf("%s is not a string", d.place())
	}
	if *to != "" {
		return d.duplicate()
	}
	if len(raw) > maxText {
		return fmt.Errorf("%s is a string of more than %d bytes", d.place(), maxText)
	}
	if known, ok := usualText(raw); ok {
		*to = known
		return nil
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		*to = string(raw[1 : len(raw)-1]) // valid UTF-8: the decoder has checked
		return nil
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	*to = string(text)
	return err
}

// usualText returns the texts that nearly every review has, without an allocation.
func usualText(raw []byte) (string, bool) {
	switch string(raw) {
	case `"operator.openshift.io"`:
		return "operator.openshift.io", true
	case `"v1"`:
		return "v1", true
	case `"Network"`:
		return "Network", true
	case `"networks"`:
		return "networks", true
	case `"cluster"`:
		return "cluster", true
	case `"CREATE"`:
		return opCreate, true
	case `"UPDATE"`:
		return opUpdate, true
	case `"AdmissionReview"`:
		return "AdmissionReview", true
	case `"admission.k8s.io/v1"`:
		return "admission.k8s.io/v1", true
	}
	return "", false
}

// field is a key and the destination of its value.
type field struct {
	key string // with quotes
	to  *string
}

// texts reads the given string fields of an object.
func (d *reviewDecoder) texts(fields ...field) error {
	return d.members(func(key []byte) error {
		for _, f := range fields {
			if f.key == string(key) {
				return d.text(f.to)
			}
		}
		return d.json.SkipValue()
	})
}

// valueInto reads a value that the user wrote.
func (d *reviewDecoder) valueInto(to *validation.Value) error {
	raw, err := d.json.ReadValue()
	if err != nil {
		return err
	}
	if to.Kind != validation.Absent {
		return d.duplicate()
	}
	if *to, err = d.values.Read(raw); err != nil {
		return fmt.Errorf("%s %w", d.place(), err)
	}
	return nil
}
