package profiles

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation/profile"
)

func TestNewStatus(t *testing.T) {
	monday := metav1.NewTime(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	conflicts := map[string]int{}
	for i := range 30 {
		conflicts[fmt.Sprintf("profile-%02d", i)] = i + 1
	}
	yes, no := new(true), new(false)
	for name, c := range map[string]struct {
		spec       v1alpha1.FlowExportProfileSpec
		use        profile.Use
		collectors *bool
		reasons    map[string]string
	}{
		"it applies":         {use: profile.Use{Matched: 2, Effective: 1}, reasons: map[string]string{"Accepted": "Accepted", "Effective": "Applies", "Conflict": "NoConflict"}},
		"no nodes":           {use: profile.Use{}, reasons: map[string]string{"Effective": "NoNodes"}},
		"overridden":         {use: profile.Use{Matched: 2}, reasons: map[string]string{"Effective": "Overridden"}},
		"a bad selector":     {use: profile.Use{Err: errors.New("no")}, reasons: map[string]string{"Accepted": "BadSelector", "Effective": "BadSelector"}},
		"conflicts":          {use: profile.Use{Matched: 30, Effective: 30, Conflicts: conflicts}, reasons: map[string]string{"Conflict": "EqualPriority"}},
		"drops":              {spec: v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{}}, collectors: yes, reasons: map[string]string{"DropsExported": "Collectors"}},
		"drops nowhere":      {spec: v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{}}, collectors: no, reasons: map[string]string{"DropsExported": "NoCollectors"}},
		"drops while off":    {spec: v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{}, Export: no}, collectors: yes, reasons: map[string]string{"DropsExported": "NoCollectors"}},
		"drops to who knows": {spec: v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{}}, reasons: map[string]string{"DropsExported": "NotRead"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &v1alpha1.FlowExportProfile{ObjectMeta: metav1.ObjectMeta{Generation: 4}, Spec: c.spec}
			s := newStatus(p, c.use, c.collectors, monday)
			for kind, reason := range c.reasons {
				if got := meta.FindStatusCondition(s.Conditions, kind); got == nil || got.Reason != reason || got.Message == "" || got.ObservedGeneration != 4 {
					t.Errorf("%s: %+v, not %s", kind, got, reason)
				}
			}
			if len(s.Conflicts) > maxConflicts || len(c.use.Conflicts) > 0 && s.Conflicts[0].Profile != "profile-00" {
				t.Errorf("conflicts: %v", s.Conflicts)
			}
			// Nothing changes while nothing changes.
			p.Status = *s
			if again := newStatus(p, c.use, c.collectors, metav1.NewTime(monday.Add(time.Hour))); !equality.Semantic.DeepEqual(s, again) {
				t.Errorf("%+v\n%+v", s, again)
			}
			// A condition that no longer applies is gone.
			p.Spec.Drops = nil
			if meta.FindStatusCondition(newStatus(p, c.use, c.collectors, monday).Conditions, v1alpha1.ConditionDropsExported) != nil {
				t.Error("the condition about drops stays")
			}
		})
	}
}
