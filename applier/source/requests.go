package source

import (
	"context"

	"sluice/api/v1alpha1"
)

// request is what the agent reacts to in its own report: that it is gone, and the request for a
// verification.
type request struct {
	exists bool
	verify string
}

// follow tells of changes of the agent's own report that others made. The agent writes it, so each
// of its own writes would otherwise make it reconcile, and a reconciliation may find something to
// report.
func (c *Cluster) follow(ctx context.Context) {
	last := c.request()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.reports:
		}
		now := c.request()
		if now == last || now.exists && !last.exists && now.verify == "" {
			last = now // nothing new, or the agent's first report
			continue
		}
		last = now
		select {
		case c.changes <- struct{}{}:
		default: // a value is waiting already
		}
	}
}

func (c *Cluster) request() request {
	u := c.exports.Object()
	if u == nil {
		return request{}
	}
	return request{exists: true, verify: u.GetAnnotations()[v1alpha1.AnnotationVerify]}
}
