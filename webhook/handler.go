package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-logr/logr"
	admissionv1 "k8s.io/api/admission/v1"

	"sluice/validation"
)

// Handler answers the AdmissionReviews of one phase.
type Handler struct {
	// Mutating handlers normalize; validating ones refuse what is not canonical by then.
	Mutating bool
	Options  validation.Options
	// Policies returns the policies in force, or why they are not known: nothing is judged
	// then. Nil means that there are none.
	Policies func() (validation.PolicySet, error)
	// Denied, if set, is told of what policies denied, but for dry runs. It must not block.
	Denied  func(user, resource string, denials []validation.Denial)
	Metrics *Metrics
	Log     logr.Logger

	bodies *bodyReader
	// closing, if set, reports that the server drains: connections are then closed after
	// the answer, so that the API server opens new ones to another replica.
	closing func() bool
}

// NewHandler returns a handler; h holds its settings.
func NewHandler(h Handler) *Handler {
	h.bodies = &bodyReader{timeout: bodyTimeout}
	return &h
}

func (h *Handler) phase() string {
	if h.Mutating {
		return "mutate"
	}
	return "validate"
}

// ServeHTTP answers one review.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.closing != nil && h.closing() {
		w.Header().Set("Connection", "close")
	}
	answer, err := h.serve(w, r)
	if err != nil {
		h.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(answer); err != nil {
		h.Log.V(1).Info("the API server did not take the answer", "phase", h.phase(), "error", err.Error())
	}
}

// serve reads one request and returns the encoded answer. A panic becomes an error, so
// that the next request is served and failurePolicy decides about this one.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.Log.Error(fmt.Errorf("panic: %v", p), "review failed", "phase", h.phase(), "stack", string(debug.Stack()))
			answer, err = nil, &requestError{http.StatusInternalServerError, "panic", errors.New("internal fault; see the log of sluice")}
		}
	}()
	buffer, err := h.bodies.read(w, r)
	if err != nil {
		return nil, err
	}
	defer h.bodies.release(buffer)
	start := time.Now()
	request, err := decode(buffer.json, &buffer.Buffer)
	if err != nil {
		return nil, err
	}
	in, err := input(request)
	if err != nil {
		return nil, err
	}
	if request.Exceeded != "" {
		h.Metrics.failures.WithLabelValues("too-many-values").Inc()
		h.Log.Info("review refused", "phase", h.phase(), "reason", "too-many-values", "place", request.Exceeded, "user", validation.Quote(request.User.Name), "uid", request.UID)
		return encode(tooManyValues(request))
	}
	verdict, err := h.review(in)
	if err != nil {
		return nil, err
	}
	review, err := respond(request, verdict, h.Mutating)
	if err != nil {
		return nil, err
	}
	if answer, err = encode(review); err != nil {
		return nil, err
	}
	h.Metrics.observe(h.phase(), h.Mutating, in.Object.Resource, verdict, time.Since(start))
	h.record(request, in.Object.Resource, verdict)
	if h.Denied != nil && !request.DryRun && len(verdict.Denials) > 0 {
		h.Denied(request.User.Name, in.Object.Resource.String()+"/"+request.Object.Name, verdict.Denials)
	}
	return answer, nil
}

func encode(review *admissionv1.AdmissionReview) ([]byte, error) {
	answer, err := json.Marshal(review)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return answer, nil
}

// maxFindings is how many errors, how many warnings and how many denials one answer lists. Three full lists
// have 30 entries.
const maxFindings = 50

func (h *Handler) review(in validation.Input) (validation.Verdict, error) {
	in.Options = h.Options
	in.Options.MaxFindings = maxFindings
	if !h.Mutating {
		in.Options.RejectNonCanonical = true
	}
	if h.Policies != nil {
		var err error
		if in.Policies, err = h.Policies(); err != nil {
			// Not 503: the API server would replace its text by one of its own.
			return validation.Verdict{}, &requestError{http.StatusInternalServerError, "no-policies", err}
		}
	}
	return validation.Review(in), nil
}

// record logs a refusal, once and without the list itself; what passes is in the API
// server's audit log.
func (h *Handler) record(request *admissionRequest, resource validation.Resource, verdict validation.Verdict) {
	level := 1
	if outcome := verdict.Outcome(); outcome == validation.Rejected || outcome == validation.Denied {
		level = 0
	}
	log := h.Log.V(level)
	if !log.Enabled() {
		return
	}
	log.Info("reviewed",
		"phase", h.phase(), "verdict", verdict.Outcome(), "rules", verdict.Rules(), "policies", verdict.Policies(),
		"resource", resource.String(), "name", request.Object.Name, "operation", request.Operation,
		"user", request.User.Name, "dryRun", request.DryRun, "uid", request.UID)
}

// fail answers with an HTTP error, which the API server treats as a failed call.
func (h *Handler) fail(w http.ResponseWriter, err error) {
	status, reason := http.StatusInternalServerError, "internal"
	if known, ok := errors.AsType[*requestError](err); ok {
		status, reason = known.status, known.reason
	}
	h.Metrics.failures.WithLabelValues(reason).Inc()
	if status == http.StatusInternalServerError && reason == "internal" {
		h.Log.Error(err, "review failed", "phase", h.phase())
	} else {
		h.Log.Info("request refused", "phase", h.phase(), "status", status, "reason", reason, "error", err.Error())
	}
	// What is left of the body is not worth reading.
	w.Header().Set("Connection", "close")
	http.Error(w, "sluice: "+err.Error(), status)
}
