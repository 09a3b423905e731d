package tenants

import (
	"cmp"
	"context"
	"errors"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// urgency is the order in which statuses are stored: a tenant that lost its permission exports until it is written
// down.
type urgency uint8

const (
	revoking  urgency = iota // it is accepted, and not any more
	accepting                // it becomes accepted, or why it is not changes
	reporting                // what the nodes do changed
	counting                 // counters alone changed
)

func urgencyOf(f *v1alpha1.FlowExport, before, after *v1alpha1.FlowExportStatus) urgency {
	is := acceptedOf(after)
	switch was := acceptedOf(before); {
	case isAccepted(f) && is.Status != metav1.ConditionTrue:
		return revoking
	case was.Status != is.Status, was.Reason != is.Reason, was.ObservedGeneration != is.ObservedGeneration:
		return accepting
	case countersOnly(before, after):
		return counting
	}
	return reporting
}

// storeAll stores statuses, the most urgent ones first. It stops if what they were judged by is outdated and no
// revocation is left: the next evaluation begins with what has to be revoked then.
func (r *Reporter) storeAll(ctx context.Context, due []change, outdated func() bool) error {
	slices.SortStableFunc(due, func(a, b change) int { return cmp.Compare(a.urgency, b.urgency) })
	var problems []error
	for _, c := range due {
		if ctx.Err() != nil || c.urgency != revoking && outdated() {
			break
		}
		problems = append(problems, r.store(ctx, c))
	}
	return errors.Join(problems...)
}
