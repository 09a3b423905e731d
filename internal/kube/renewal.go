package kube

import (
	"encoding/json"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Renewal is when a Lease was renewed last.
type Renewal struct {
	// At is by the API server's clock, as far as the Lease says so, otherwise by its holder's.
	At time.Time
	// Ahead is how far the clock of the holder is ahead of the API server's; less than 0 if it is behind,
	// and 0 if they agree, or if nothing is known.
	Ahead time.Duration
	// Duration is how long the Lease is valid; 0 if it does not say so.
	Duration time.Duration
}

// agreement is how far apart a renewal by the two clocks may be if the clocks are the same: the API
// server writes whole seconds, and the request takes time.
const agreement = 3 * time.Second

// ReadRenewal reads a Lease; false if it was never renewed. The time in it is its holder's. The API
// server adds its own to the managed fields whenever the field changes.
func ReadRenewal(u *unstructured.Unstructured) (Renewal, bool, error) {
	var l coordinationv1.Lease
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &l); err != nil {
		return Renewal{}, false, fmt.Errorf("read Lease %s: %w", u.GetName(), err)
	}
	if l.Spec.RenewTime == nil {
		return Renewal{}, false, nil
	}
	r := Renewal{At: l.Spec.RenewTime.Time}
	if l.Spec.LeaseDurationSeconds != nil {
		r.Duration = time.Duration(*l.Spec.LeaseDurationSeconds) * time.Second
	}
	stored := stored(l.ManagedFields)
	if ahead := r.At.Sub(stored); !stored.IsZero() && ahead.Abs() > agreement {
		r.At, r.Ahead = stored, ahead
	}
	return r, true, nil
}

// stored is when the API server stored the time of the renewal; zero if that is unknown.
func stored(fields []metav1.ManagedFieldsEntry) time.Time {
	var last time.Time
	for _, entry := range fields {
		if entry.Time != nil && entry.Time.After(last) && ownsRenewTime(entry.FieldsV1) {
			last = entry.Time.Time
		}
	}
	return last
}

func ownsRenewTime(fields *metav1.FieldsV1) bool {
	if fields == nil {
		return false
	}
	var owned struct {
		Spec map[string]json.RawMessage `json:"f:spec"`
	}
	if err := json.Unmarshal(fields.GetRawBytes(), &owned); err != nil {
		return false
	}
	_, owns := owned.Spec["f:renewTime"]
	return owns
}
