package status

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sluice/api/v1alpha1"
)

func TestTenantVerification(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	export := func(accepted, exporting string, nodes int32, records int64, since time.Duration) v1alpha1.FlowExport {
		condition := func(kind, reason string) metav1.Condition {
			c := metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: reason, Message: "x", LastTransitionTime: metav1.NewTime(now.Add(-since))}
			switch reason {
			case v1alpha1.ReasonAllowed, v1alpha1.ReasonSending:
				c.Status = metav1.ConditionTrue
			case v1alpha1.ReasonNotRead:
				c.Status = metav1.ConditionUnknown
			}
			return c
		}
		o := v1alpha1.FlowExport{ObjectMeta: metav1.ObjectMeta{Name: "siem", UID: types.UID("u")}, Status: &v1alpha1.FlowExportStatus{NodesWanted: nodes, Records: records}}
		o.Status.Conditions = []metav1.Condition{condition(v1alpha1.ConditionAccepted, accepted), condition(v1alpha1.ConditionExporting, exporting)}
		return o
	}
	last := func(o v1alpha1.FlowExport, at time.Duration) v1alpha1.FlowExport {
		o.Status.LastRecord = new(metav1.NewTime(now.Add(at)))
		return o
	}
	const allowed, sending, idle = v1alpha1.ReasonAllowed, v1alpha1.ReasonSending, v1alpha1.ReasonIdle
	for name, c := range map[string]struct {
		updates []v1alpha1.FlowExport
		want    TenantOutcome
		records int64
		done    bool
	}{
		"more records":            {[]v1alpha1.FlowExport{export(allowed, sending, 2, 15, 0), export(allowed, sending, 2, 17, 0), export(allowed, sending, 2, 18, 0)}, TenantSent, 8, true},
		"sent before, in parts":   {[]v1alpha1.FlowExport{export(allowed, sending, 2, 15, 0), export(allowed, sending, 2, 17, 0)}, TenantNoRecords, 7, false},
		"one after a while":       {[]v1alpha1.FlowExport{export(allowed, sending, 2, 10, 0), export(allowed, sending, 2, 10, 0), export(allowed, sending, 2, 10, 0), export(allowed, sending, 2, 17, 0)}, TenantNoRecords, 7, false},
		"a node was paused":       {[]v1alpha1.FlowExport{last(export(allowed, sending, 2, 10, 0), -time.Minute), last(export(allowed, idle, 2, 3, 0), -time.Minute), last(export(allowed, sending, 2, 10, 0), -time.Minute)}, TenantNoRecords, 0, false},
		"paused, and sends again": {[]v1alpha1.FlowExport{last(export(allowed, sending, 2, 10, 0), -time.Minute), last(export(allowed, idle, 2, 3, 0), -time.Minute), last(export(allowed, sending, 2, 12, 0), -time.Minute), last(export(allowed, sending, 2, 13, 0), time.Minute)}, TenantSent, 3, true},
		"perhaps sent before":     {[]v1alpha1.FlowExport{last(export(allowed, sending, 2, 15, 0), -time.Minute)}, TenantNoRecords, 5, false},
		"the last one is of now":  {[]v1alpha1.FlowExport{last(export(allowed, sending, 2, 15, 0), time.Minute)}, TenantSent, 5, true},
		"a clock is ahead":        {[]v1alpha1.FlowExport{last(export(allowed, sending, 2, 10, 0), time.Hour)}, TenantNoRecords, 0, false},
		"no controller":           {[]v1alpha1.FlowExport{last(export(allowed, sending, 2, 10, 0), -21*time.Minute)}, TenantOutdated, 0, false},
		"idle since long":         {[]v1alpha1.FlowExport{last(export(allowed, idle, 2, 10, 0), -time.Hour)}, TenantNoRecords, 0, false},
		"sending before":          {[]v1alpha1.FlowExport{export(allowed, sending, 2, 10, 0)}, TenantNoRecords, 0, false},
		"an agent started again":  {[]v1alpha1.FlowExport{last(export(allowed, sending, 2, 3, 0), -time.Minute), last(export(allowed, sending, 2, 7, 0), time.Minute), last(export(allowed, sending, 2, 8, 0), time.Minute)}, TenantSent, 5, true},
		"a node came":             {[]v1alpha1.FlowExport{export(allowed, sending, 3, 1000, 0)}, TenantNoRecords, 0, false},
		"idle":                    {[]v1alpha1.FlowExport{export(allowed, idle, 2, 10, 0)}, TenantNoRecords, 0, false},
		"sent, and fails":         {[]v1alpha1.FlowExport{export(allowed, v1alpha1.ReasonRefused, 2, 15, 0)}, TenantFailing, 5, false},
		"it failed for a moment":  {[]v1alpha1.FlowExport{export(allowed, v1alpha1.ReasonRefused, 2, 15, 0), last(export(allowed, sending, 2, 16, 0), time.Minute)}, TenantSent, 6, true},
		"no pods yet":             {[]v1alpha1.FlowExport{export(allowed, v1alpha1.ReasonNoPods, 0, 0, time.Second)}, TenantNoRecords, 0, false},
		"no pods":                 {[]v1alpha1.FlowExport{export(allowed, v1alpha1.ReasonNoPods, 0, 0, time.Hour)}, TenantOff, 0, true},
		"denied":                  {[]v1alpha1.FlowExport{export(v1alpha1.ReasonDenied, v1alpha1.ReasonNotAccepted, 2, 10, 0)}, TenantNotAccepted, 0, true},
		"the nodes are not known": {[]v1alpha1.FlowExport{export(allowed, v1alpha1.ReasonNotRead, 2, 15, 0)}, TenantNotEvaluated, 5, false},
		"nothing is said":         {[]v1alpha1.FlowExport{{ObjectMeta: metav1.ObjectMeta{Name: "siem", UID: "u"}}}, TenantNotEvaluated, 0, false},
		"made again":              {[]v1alpha1.FlowExport{{ObjectMeta: metav1.ObjectMeta{Name: "siem", UID: "v"}}}, TenantDeleted, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			v := NewTenantVerification(Tenant{Now: now, Items: []v1alpha1.FlowExport{export(allowed, sending, 2, 10, 0)}})
			for i, o := range c.updates {
				v.Update(Tenant{Now: now.Add(time.Duration(i+1) * 50 * time.Second), Items: []v1alpha1.FlowExport{o}})
			}
			r := v.Results()[0]
			if len(v.Results()) != 1 || r.Name != "siem" || r.Result != c.want || r.Records != c.records || v.Done() != c.done {
				t.Errorf("got %+v, done %t", r, v.Done())
			}
		})
	}
}

// Whatever is in the message, what is said about a loss is in the result.
func TestVerificationSaysThatRecordsWereLost(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	condition := func(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(now)}
	}
	for _, c := range []struct {
		exporting metav1.Condition
		records   int64
		want      TenantOutcome
	}{
		{condition(v1alpha1.ConditionExporting, metav1.ConditionTrue, v1alpha1.ReasonSending, ""), 17, TenantSent},
		{condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonIdle, ""), 7, TenantNoRecords},
	} {
		o := v1alpha1.FlowExport{ObjectMeta: metav1.ObjectMeta{Name: "siem", UID: "u"}, Status: &v1alpha1.FlowExportStatus{NodesWanted: 1, Records: 7}}
		o.Status.Conditions = []metav1.Condition{
			condition(v1alpha1.ConditionAccepted, metav1.ConditionTrue, v1alpha1.ReasonAllowed, ""), c.exporting,
			condition(v1alpha1.ConditionIncomplete, metav1.ConditionTrue, v1alpha1.ReasonRecordsLost, "a node lost records"),
		}
		v := NewTenantVerification(Tenant{Now: now, Items: []v1alpha1.FlowExport{o}})
		o.Status = o.Status.DeepCopy()
		o.Status.Records, o.Status.LastRecord = c.records, new(metav1.NewTime(now.Add(time.Minute)))
		v.Update(Tenant{Now: now, Items: []v1alpha1.FlowExport{o}})
		if r := v.Results()[0]; r.Result != c.want || !strings.Contains(r.Text(), "a node lost records") {
			t.Errorf("got %+v", r)
		}
	}
}
