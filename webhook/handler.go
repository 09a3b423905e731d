package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-logr/logr"
	admissionv1 "k8s.io/api/admission/v1"

	"sluice/validation"
)

// Phase is the admission phase that a handler serves.
type Phase string

// The phases. A mutating handler normalizes; a validating handler rejects what is still not
// canonical.
const (
	Mutate   Phase = "mutate"
	Validate Phase = "validate"
)

// HandlerOptions are the settings of a Handler.
type HandlerOptions struct {
	Phase  Phase
	Review validation.Options
	// Policies returns the policies in force. While it returns an error, no request is
	// evaluated. Nil means that there are no policies.
	Policies func() (validation.PolicySet, error)
	// Namespace returns what policies need to know of a namespace, for a review of a FlowExport with a
	// name. It may wait a moment.
	Namespace func(ctx context.Context, namespace, name string) (validation.Namespace, error)
	// OnDenied, if set, receives the denials of a request, unless it is a dry run. It must not
	// block. omitted is the number of further denials, which the answer has no room for.
	OnDenied func(user, resource string, denials []validation.Denial, omitted int)
	// Draining, if set, reports whether the server is about to stop. Connections are then closed
	// after the answer, so that the API server connects to another replica.
	Draining func() bool
	Metrics  *Metrics
	Log      logr.Logger
}

// Handler answers the AdmissionReviews of one phase.
type Handler struct {
	HandlerOptions
	bodies *bodyReader
	lines  *logRateLimit
}

// NewHandler returns a handler.
func NewHandler(o HandlerOptions) *Handler { return newHandler(o, newBodyReader(), newLogRateLimit()) }

// newHandler returns a handler that shares the memory for bodies, and the rate of log lines, with others.
func newHandler(o HandlerOptions, bodies *bodyReader, lines *logRateLimit) *Handler {
	o.Review = o.Review.Prepared()
	return &Handler{HandlerOptions: o, bodies: bodies, lines: lines}
}

// ServeHTTP answers one review.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.Draining != nil && h.Draining() {
		w.Header().Set("Connection", "close")
	}
	answer, err := h.serve(w, r)
	if err != nil {
		h.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(answer); err != nil {
		h.Log.V(1).Info("answer could not be written", "phase", h.Phase, "error", err.Error())
	}
}

// serve reads one request and returns the encoded answer. A panic becomes an error, so that
// failurePolicy applies to this request, and the next ones are served.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			if log, ok := h.lines.of(h.Log); ok {
				log.Error(fmt.Errorf("panic: %v", p), "review failed", "phase", h.Phase, "stack", string(debug.Stack()))
			}
			answer, err = nil, &requestError{http.StatusInternalServerError, "panic", errors.New("internal error; see the log of sluice-webhook")}
		}
	}()
	buffer, err := h.bodies.read(w, r)
	if err != nil {
		return nil, err
	}
	defer h.bodies.release(buffer)
	connection := connectionOf(r)
	connection.Begin()
	h.bodies.turns <- struct{}{}
	defer func() {
		<-h.bodies.turns
		connection.Done(err == nil)
	}()
	start := time.Now()
	request, err := decode(buffer)
	if err != nil {
		return nil, err
	}
	if request.Unreadable != nil {
		return h.rejectUnreadable(request)
	}
	in, err := input(request)
	if err != nil {
		return nil, err
	}
	if n := len(in.Object.OwnerReferences.Items) + in.Object.OwnerReferences.More; n > maxOwners && validation.AddsOwner(in) {
		return encode(tooManyOwners(request, n))
	}
	if in.Namespace, err = h.namespace(r.Context(), request, in.Object.Resource); err != nil {
		return nil, err
	}
	verdict, err := h.review(in)
	if err != nil {
		return nil, err
	}
	if in.Old != nil && in.Old.Deleting && verdict.Adds {
		return encode(beingDeleted(request))
	}
	review, err := respond(request, verdict, h.Phase)
	if err != nil {
		return nil, err
	}
	if answer, err = encode(review); err != nil {
		return nil, err
	}
	h.Metrics.observe(h.Phase, in.Object.Resource, verdict, time.Since(start))
	h.record(request, in.Object.Resource, verdict)
	if h.OnDenied != nil && !request.DryRun && len(verdict.Denials) > 0 {
		h.OnDenied(request.User.Name, resourceName(in.Object.Resource, request), verdict.Denials, verdict.OmittedDenials)
	}
	return answer, nil
}

// namespace returns what policies need to know of the namespace of a FlowExport.
func (h *Handler) namespace(ctx context.Context, request *admissionRequest, resource validation.Resource) (validation.Namespace, error) {
	if resource != validation.FlowExport || h.Policies == nil {
		return validation.Namespace{}, nil
	}
	if request.Namespace == "" {
		return validation.Namespace{}, badRequest("no-namespace", "the request for a FlowExport names no namespace")
	}
	if h.Namespace == nil {
		return validation.Namespace{}, &requestError{http.StatusInternalServerError, "no-namespaces", errors.New("namespaces are not watched")}
	}
	n, err := h.Namespace(ctx, request.Namespace, request.Object.Name)
	if err != nil {
		return n, &requestError{http.StatusInternalServerError, "no-namespaces", err}
	}
	return n, nil
}

// rejectUnreadable answers a request that was not read to the end.
func (h *Handler) rejectUnreadable(request *admissionRequest) ([]byte, error) {
	reason := "unreadable"
	if isTooMuch(request.Unreadable) {
		reason = "too-many-values"
	}
	h.Metrics.failures.WithLabelValues(reason).Inc()
	if log, ok := h.lines.of(h.Log); ok {
		log.Info("change rejected: not readable", "phase", h.Phase, "reason", reason, "error", cut(request.Unreadable.Error(), maxError),
			"user", cut(request.User.Name, maxLogged), "uid", cut(request.UID, maxLogged))
	}
	return encode(unreadable(request))
}

// resourceName names an object in Events.
func resourceName(r validation.Resource, request *admissionRequest) string {
	if r == validation.FlowExport {
		return r.String() + "/" + request.Namespace + "/" + request.Object.Name
	}
	return r.String() + "/" + request.Object.Name
}

func encode(review *admissionv1.AdmissionReview) ([]byte, error) {
	answer, err := json.Marshal(review)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return answer, nil
}

// maxFindings bounds the errors, the warnings and the denials that one answer lists. Three full
// lists have 30 entries.
const maxFindings = 50

func (h *Handler) review(in validation.Input) (validation.Verdict, error) {
	in.Options = h.Review
	in.Options.MaxFindings = maxFindings
	if h.Phase == Validate {
		in.Options.RejectNonCanonical = true
	}
	if h.Policies != nil {
		var err error
		if in.Policies, err = h.Policies(); err != nil {
			// Not 503: the API server would replace the text of such an answer.
			return validation.Verdict{}, &requestError{http.StatusInternalServerError, "no-policies", err}
		}
	}
	return validation.Review(in), nil
}

// record logs a change that is rejected or denied, without the list itself. Other changes are
// logged at level debug only: the API server's audit log has them.
func (h *Handler) record(request *admissionRequest, resource validation.Resource, verdict validation.Verdict) {
	level := 1
	if outcome := verdict.Outcome(); outcome == validation.Rejected || outcome == validation.Denied {
		level = 0
	}
	log, ok := h.lines.of(h.Log.V(level))
	if !ok {
		return
	}
	log.Info("change "+strings.ToLower(string(verdict.Outcome())),
		"phase", h.Phase, "verdict", verdict.Outcome(), "rules", logged(verdict.Rules()), "policies", logged(verdict.Policies()),
		"resource", resource.String(), "name", cut(request.Object.Name, maxLogged), "operation", request.Operation,
		"user", cut(request.User.Name, maxLogged), "dryRun", request.DryRun, "uid", cut(request.UID, maxLogged))
}

// fail answers with an HTTP error. For the API server that is a failed call.
func (h *Handler) fail(w http.ResponseWriter, err error) {
	status, reason := http.StatusInternalServerError, "internal"
	if known, ok := errors.AsType[*requestError](err); ok {
		status, reason = known.status, known.reason
	}
	h.Metrics.failures.WithLabelValues(reason).Inc()
	text := cut(err.Error(), maxError)
	if log, ok := h.lines.of(h.Log); ok {
		if status == http.StatusInternalServerError && reason == "internal" {
			log.Error(err, "review failed", "phase", h.Phase)
		} else {
			log.Info("request not reviewed", "phase", h.Phase, "status", status, "reason", reason, "error", text)
		}
	}
	// The rest of the body is not worth reading.
	w.Header().Set("Connection", "close")
	http.Error(w, "sluice: "+text, status)
}
