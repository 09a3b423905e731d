package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
)

// The paths of reviews if nothing else is configured.
const (
	MutatePath   = "/mutate"
	ValidatePath = "/validate"
)

// Paths are the paths on which reviews of each phase are answered. If no other client knows them,
// they show that a request is an API server's.
type Paths map[Phase][]string

// FixedPaths are the paths that every client knows.
func FixedPaths() Paths {
	return Paths{Mutate: {MutatePath}, Validate: {ValidatePath}}
}

// phase returns the phase of a path; empty if the path is unknown. The time that it takes does not
// depend on how much of a path a caller has guessed.
func (p Paths) phase(path string) Phase {
	found, sum := Phase(""), sha256.Sum256([]byte(path))
	for _, phase := range []Phase{Mutate, Validate} {
		for _, known := range p[phase] {
			other := sha256.Sum256([]byte(known))
			if subtle.ConstantTimeCompare(sum[:], other[:]) == 1 {
				found = phase
			}
		}
	}
	return found
}

// refusalPeriod is the least time between two log lines about unknown callers.
const refusalPeriod = time.Minute

// gate passes requests on known paths to the handler of their phase. A client that calls another path
// learns nothing and leaves nothing but a count: the body is not read, and the answer is empty.
type gate struct {
	paths    func() Paths
	handlers map[Phase]http.Handler
	metrics  *Metrics
	now      func() time.Time
	log      logr.Logger
	// refused counts requests. logged is when the last one was logged, in nanoseconds since the
	// Unix epoch.
	refused, logged atomic.Int64
}

func newGate(paths func() Paths, handlers map[Phase]http.Handler, metrics *Metrics, now func() time.Time, log logr.Logger) *gate {
	return &gate{paths: paths, handlers: handlers, metrics: metrics, now: now, log: log}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if handler, ok := g.handlers[g.paths().phase(r.URL.Path)]; ok {
		handler.ServeHTTP(w, r)
		return
	}
	g.refuse(w, r.RemoteAddr)
}

// refuse answers a request on an unknown path. The log has the address of the caller, who can't
// choose it, and nothing else of the request.
func (g *gate) refuse(w http.ResponseWriter, caller string) {
	g.metrics.unknownPaths.Inc()
	refused := g.refused.Add(1)
	now, logged := g.now().UnixNano(), g.logged.Load()
	if (logged == 0 || now-logged >= int64(refusalPeriod)) && g.logged.CompareAndSwap(logged, now) {
		g.log.Info("requests on unknown paths are answered with 404; API servers send none, unless the webhook configurations were changed", "lastCaller", caller, "requests", refused)
	}
	// The body is not worth reading.
	w.Header().Set("Connection", "close")
	w.WriteHeader(http.StatusNotFound)
}
