package tenants

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation/policy"
)

// newStatus is the status of a FlowExport, from what the policies say and what its nodes report.
func newStatus(f *v1alpha1.FlowExport, j policy.Judgment, r rollup, now metav1.Time) *v1alpha1.FlowExportStatus {
	s := &v1alpha1.FlowExportStatus{
		ObservedGeneration: f.Generation,
		NodesWanted:        r.wanted, NodesSending: r.sending,
		Records: r.records, Dropped: r.dropped, LastRecord: r.lastRecord,
		Collectors: r.collectors,
	}
	if before := f.Status; before != nil {
		for _, c := range before.Conditions {
			if slices.Contains([]string{v1alpha1.ConditionAccepted, v1alpha1.ConditionExporting, v1alpha1.ConditionIncomplete}, c.Type) {
				s.Conditions = append(s.Conditions, *c.DeepCopy())
			}
		}
		if t := before.LastRecord; t != nil && !t.After(now.Time) && (s.LastRecord == nil || s.LastRecord.Before(t)) {
			s.LastRecord = before.LastRecord // the node is gone, or its agent started again
		}
	}
	for _, c := range []metav1.Condition{accepted(j), exporting(j, r), incomplete()} {
		switch before := meta.FindStatusCondition(s.Conditions, c.Type); {
		case c.Reason == v1alpha1.ReasonNotRead && r.knowledge == pending && staysTrue(s.Conditions):
			continue // what another leader wrote a moment ago
		case c.Reason == v1alpha1.ReasonNotAccepted && r.knowledge != known && before != nil && before.Reason == c.Reason:
			c.Message = before.Message // which nodes may still send was known then
		case c.Type == v1alpha1.ConditionIncomplete && j.Accepted && r.knowledge != known:
			continue
		case c.Type == v1alpha1.ConditionIncomplete && (!j.Accepted || !r.incomplete):
			meta.RemoveStatusCondition(&s.Conditions, c.Type)
			continue
		}
		c.ObservedGeneration, c.LastTransitionTime = f.Generation, now
		meta.SetStatusCondition(&s.Conditions, c)
	}
	return s
}

// staysTrue reports whether what is said about the export was said of an accepted FlowExport.
func staysTrue(conditions []metav1.Condition) bool {
	c := meta.FindStatusCondition(conditions, v1alpha1.ConditionExporting)
	return c != nil && c.Reason != v1alpha1.ReasonNotAccepted
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

func accepted(j policy.Judgment) metav1.Condition {
	if j.Accepted {
		return condition(v1alpha1.ConditionAccepted, metav1.ConditionTrue, j.Reason, j.Message)
	}
	return condition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, j.Reason, j.Message)
}

// exporting has no numbers in its messages: they are in the status.
func exporting(j policy.Judgment, r rollup) metav1.Condition {
	no := func(reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, reason, message)
	}
	switch {
	case !j.Accepted && r.knowledge == known && r.wanted == 0:
		return no(v1alpha1.ReasonNotAccepted, "nothing is sent; see the condition Accepted")
	case !j.Accepted:
		return no(v1alpha1.ReasonNotAccepted, "see the condition Accepted; a node that does not know that yet, for example because it does not reach the API server, may still send")
	case r.knowledge != known:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, v1alpha1.ReasonNotRead, "the reports of the nodes can't be read at present")
	case r.wanted == 0 && r.omitting:
		return no(v1alpha1.ReasonNodesNotReady, "a node has pods for more FlowExports than it can report, so that it is unknown whether this one has pods; ask a cluster administrator for fewer FlowExports")
	case r.wanted == 0:
		return no(v1alpha1.ReasonNoPods, "no node reports a pod of this namespace; pods in the host network are not exported")
	case r.refused:
		return no(v1alpha1.ReasonRefused, "the host of a collector answers that nothing listens there, or a machine on the way that it does not reach the collector; see status.collectors")
	case r.notOpen:
		return no(v1alpha1.ReasonNotOpen, "a node cannot send to a collector; see status.collectors")
	case r.notReady != "":
		return no(v1alpha1.ReasonNodesNotReady, "not all nodes are ready to send, for example: "+r.notReady)
	case r.sending == 0:
		return no(v1alpha1.ReasonIdle, "all nodes with pods of this namespace are ready, and sent no record within the last 15 minutes"+r.lost())
	}
	message := "records are sent; UDP has no acknowledgments, so that a collector may not have received them" + r.lost()
	return condition(v1alpha1.ConditionExporting, metav1.ConditionTrue, v1alpha1.ReasonSending, message)
}

// lossText says that what was sent is perhaps not all.
const lossText = "a node lost records within the last 15 minutes before it was known whose they are, perhaps some of this namespace"

func incomplete() metav1.Condition {
	return condition(v1alpha1.ConditionIncomplete, metav1.ConditionTrue, v1alpha1.ReasonRecordsLost, lossText)
}

func (r *rollup) lost() string {
	if !r.incomplete {
		return ""
	}
	return "; " + lossText
}

// knowledge says whether the reports of the nodes are known.
type knowledge uint8

const (
	// pending: they are being read for the first time, for example after a change of leader.
	pending knowledge = iota
	// unknown: they can't be read.
	unknown
	known
)

// rollup is what the nodes report about one FlowExport.
type rollup struct {
	knowledge        knowledge
	wanted, sending  int32
	records, dropped int64
	lastRecord       *metav1.Time
	collectors       []v1alpha1.FlowExportCollectorStatus
	refused, notOpen bool
	// incomplete says that a node lost records, perhaps of this namespace.
	incomplete bool
	// omitting says that a node does not report all FlowExports.
	omitting bool
	// notReady says why a node can't send.
	notReady string
}

// add adds the report of one node. alive says that its agent is. The clocks of nodes may be ahead: a record in the future
// would count as the last one until then.
func (r *rollup) add(f *v1alpha1.FlowExport, e *nodeEntry, alive bool, now time.Time) {
	r.wanted++
	r.records += e.records
	r.dropped += e.dropped
	r.incomplete = r.incomplete || alive && e.incomplete
	if e.lastRecord != 0 {
		minute := time.Unix(e.lastRecord, 0)
		if !minute.After(now) && (r.lastRecord == nil || r.lastRecord.Time.Before(minute)) {
			r.lastRecord = new(metav1.NewTime(minute))
		}
	}
	switch {
	case !alive:
		r.unready("the agent on a node gives no sign of life")
	case e.generation != f.Generation:
		r.unready("the agent on a node has not reported the latest change yet")
	case e.unready.Value() != "":
		r.unready(e.unready.Value())
	}
	sends := false
	for _, c := range e.collectors.Value() {
		sends = c.target != "" && r.collector(&c, alive) || sends
	}
	if sends {
		r.sending++
	}
}

// unready keeps the first text in order, so that it does not depend on the order of the nodes.
func (r *rollup) unready(why string) {
	if r.notReady == "" || why < r.notReady {
		r.notReady = why
	}
}

// collector counts the state of one collector on one node, and reports whether it is sent to.
func (r *rollup) collector(c *collectorState, alive bool) (sends bool) {
	i, found := slices.BinarySearchFunc(r.collectors, c.target, func(s v1alpha1.FlowExportCollectorStatus, target string) int { return cmp.Compare(s.Target, target) })
	if !found {
		r.collectors = slices.Insert(r.collectors, i, v1alpha1.FlowExportCollectorStatus{Target: c.target})
	}
	s := &r.collectors[i]
	switch {
	case !alive:
		s.Failing++
		return false
	case c.state == v1alpha1.CollectorSending:
		s.Sending++
		return true
	case c.state == v1alpha1.CollectorIdle:
		s.Idle++
		return false
	case c.state == v1alpha1.CollectorRefused:
		r.refused = true
	case c.state == v1alpha1.CollectorNotOpen:
		r.notOpen = true
	default:
		r.unready("the state of a collector is unknown: " + c.reason)
	}
	s.Failing++
	if s.Reason == "" || c.reason != "" && c.reason < s.Reason {
		s.Reason = c.reason
	}
	return false
}
