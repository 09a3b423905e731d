package status

import (
	"cmp"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sluice/api/v1alpha1"
)

// TenantOutcome is what became of the verification of a FlowExport.
type TenantOutcome string

// The outcomes.
const (
	TenantSent         TenantOutcome = "Sent"         // nodes sent records in this time
	TenantNoRecords    TenantOutcome = "NoRecords"    // all nodes are ready, and none sent a record in this time
	TenantOff          TenantOutcome = "Off"          // there is no pod of which records could be sent
	TenantFailing      TenantOutcome = "Failing"      // a collector or a node fails
	TenantNotAccepted  TenantOutcome = "NotAccepted"  // policies do not allow it
	TenantNotEvaluated TenantOutcome = "NotEvaluated" // the controller has said nothing about it
	TenantOutdated     TenantOutcome = "Outdated"     // the status is not updated
	TenantDeleted      TenantOutcome = "Deleted"      // it was deleted in this time
)

// Good reports whether the outcome is as it should be.
func (o TenantOutcome) Good() bool { return o == TenantSent || o == TenantOff }

// TenantResult is the result of one FlowExport.
type TenantResult struct {
	Name string `json:"name"`
	// Records is how many records more the nodes reported.
	Records      int64         `json:"records"`
	NodesSending int32         `json:"nodesSending"`
	NodesWanted  int32         `json:"nodesWanted"`
	Result       TenantOutcome `json:"result"`
	Message      string        `json:"message,omitempty"`
}

// Text says the outcome for people.
func (r TenantResult) Text() string {
	word := map[TenantOutcome]string{
		TenantSent: "ok", TenantNoRecords: "no records", TenantOff: "skipped", TenantFailing: "failing",
		TenantNotAccepted: "not accepted", TenantNotEvaluated: "not evaluated", TenantOutdated: "out of date", TenantDeleted: "deleted",
	}[r.Result]
	if r.Message == "" {
		return word
	}
	return word + ": " + r.Message
}

// TenantVerification finds out whether records of FlowExports are sent, from their status alone.
type TenantVerification struct {
	started time.Time
	seen    map[types.UID]*sightings
	results map[types.UID]TenantResult
}

// NewTenantVerification begins with FlowExports as they are.
func NewTenantVerification(t Tenant) *TenantVerification {
	v := &TenantVerification{t.Now, map[types.UID]*sightings{}, map[types.UID]TenantResult{}}
	for _, o := range t.Items {
		v.seen[o.UID] = &sightings{last: countersOf(o), peak: countersOf(o)}
		v.results[o.UID] = TenantResult{Name: o.Name, Result: TenantNotEvaluated}
	}
	return v
}

// Update takes in what the FlowExports have become.
func (v *TenantVerification) Update(t Tenant) {
	found := map[types.UID]bool{}
	for _, o := range t.Items {
		r, known := v.results[o.UID]
		if !known {
			continue
		}
		found[o.UID] = true
		r.Records += v.seen[o.UID].count(countersOf(o), t.Now)
		if o.Status != nil {
			r.NodesSending, r.NodesWanted = o.Status.NodesSending, o.Status.NodesWanted
		}
		r.Result, r.Message = outcomeOf(o, v.seen[o.UID], v.started, t.Now)
		if c := lossOf(o); c != nil && (r.Result == TenantSent || r.Result == TenantNoRecords) {
			r.Message = strings.TrimPrefix(r.Message+"; "+c.Message, "; ")
		}
		v.results[o.UID] = r
	}
	for uid, r := range v.results {
		if !found[uid] {
			r.Result, r.Message = TenantDeleted, ""
			v.results[uid] = r
		}
	}
}

// beginning is how long nodes may need to begin to report.
const beginning = time.Minute

// outcomeOf is what a status says, and what was seen of the counters since the beginning.
func outcomeOf(o v1alpha1.FlowExport, seen *sightings, started, now time.Time) (TenantOutcome, string) {
	accepted, exporting := current(o, v1alpha1.ConditionAccepted), current(o, v1alpha1.ConditionExporting)
	switch {
	case accepted == nil:
		return TenantNotEvaluated, "Sluice's controller has not evaluated it yet"
	case accepted.Status != metav1.ConditionTrue:
		return TenantNotAccepted, accepted.Reason + ": " + accepted.Message
	case exporting == nil || exporting.Status == metav1.ConditionUnknown:
		return TenantNotEvaluated, "it is unknown whether records are sent"
	case exporting.Reason == v1alpha1.ReasonNoPods:
		if now.Sub(exporting.LastTransitionTime.Time) < beginning {
			return TenantNoRecords, "no node has reported a pod yet"
		}
		return TenantOff, exporting.Message
	case exporting.Reason != v1alpha1.ReasonSending && exporting.Reason != v1alpha1.ReasonIdle:
		return TenantFailing, exporting.Reason + ": " + exporting.Message
	case seen.fresh(started):
		return TenantSent, ""
	case outdated(o, now):
		return TenantOutdated, outdatedText
	case seen.increases > 0:
		return TenantNoRecords, "the nodes reported records that they may have sent before the command began; cause traffic and verify again"
	}
	return TenantNoRecords, "all nodes with pods are ready, but no packet was sampled in this time; cause traffic and verify again"
}

// Done reports whether waiting can't improve a result.
func (v *TenantVerification) Done() bool {
	for _, r := range v.results {
		switch r.Result {
		case TenantNoRecords, TenantFailing, TenantNotEvaluated, TenantOutdated:
			return false
		case TenantSent, TenantOff, TenantNotAccepted, TenantDeleted:
		}
	}
	return true
}

// Sent is for how many FlowExports records were sent.
func (v *TenantVerification) Sent() int {
	n := 0
	for _, r := range v.results {
		if r.Result == TenantSent {
			n++
		}
	}
	return n
}

// Results are those of each FlowExport, by name.
func (v *TenantVerification) Results() []TenantResult {
	list := []TenantResult{}
	for _, r := range v.results {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b TenantResult) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
