package webhook

import (
	"sync/atomic"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
)

// The rate of the log lines about requests, per second and at once. Everybody who can reach the port can
// cause such lines.
const (
	logRate  = 10
	logBurst = 100
)

// logRateLimit bounds the log lines about requests.
type logRateLimit struct {
	limiter *rate.Limiter
	omitted atomic.Int64
}

func newLogRateLimit() *logRateLimit {
	return &logRateLimit{limiter: rate.NewLimiter(logRate, logBurst)}
}

// of returns the log if a line may be written to it. The line says how many were omitted before it.
func (l *logRateLimit) of(log logr.Logger) (_ logr.Logger, ok bool) {
	if !log.Enabled() {
		return log, false
	}
	if !l.limiter.Allow() {
		l.omitted.Add(1)
		return log, false
	}
	if n := l.omitted.Swap(0); n > 0 {
		log = log.WithValues("omittedLines", n)
	}
	return log, true
}
