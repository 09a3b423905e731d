package kube

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestTheOffsetIsAtMostWhatTheAnswerProves(t *testing.T) {
	for name, c := range map[string]struct {
		// date, sent and received are by the time after noon.
		date, sent, received, want time.Duration
	}{
		"the same second":          {0, 0, 0, 0},
		"the end of the second":    {0, 900 * time.Millisecond, 999 * time.Millisecond, 0},
		"written on the way":       {2 * time.Second, 0, 5 * time.Second, 0},
		"ahead by a second":        {time.Second, 0, 400 * time.Millisecond, 600 * time.Millisecond},
		"behind by a second":       {-2 * time.Second, 0, 0, -time.Second},
		"minutes ahead":            {5 * time.Minute, 0, time.Second, 5*time.Minute - time.Second},
		"hours behind, and slowly": {-2 * time.Hour, 0, 10 * time.Second, -2*time.Hour + time.Second},
	} {
		if got := offset(noon.Add(c.date), noon.Add(c.sent), noon.Add(c.received)); got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}

func TestTheClockIsThatOfTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		date string
		want time.Time
	}{
		"ahead":     {noon.Add(3 * time.Hour).Format(http.TimeFormat), noon.Add(3 * time.Hour)},
		"behind":    {noon.Add(-3 * time.Hour).Format(http.TimeFormat), noon.Add(-3*time.Hour + time.Second)},
		"the same":  {noon.Format(http.TimeFormat), noon},
		"no date":   {"", noon},
		"not a one": {"today", noon},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = []string{c.date} // not the server's own
			}))
			defer server.Close()
			clock := NewClock(func() time.Time { return noon })
			q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := clock.Wrap(http.DefaultTransport).RoundTrip(q)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if got := clock.Now(); !got.Equal(c.want) {
				t.Errorf("%s, not %s", got, c.want)
			}
		})
	}
}

func TestARenewalIsByTheClockOfTheServer(t *testing.T) {
	const owned = `{"f:spec":{"f:leaseDurationSeconds":{},"f:renewTime":{}}}`
	entry := func(at time.Duration, fields string) map[string]any {
		return map[string]any{"manager": "m", "operation": "Apply", "apiVersion": "coordination.k8s.io/v1", "fieldsType": "FieldsV1", "time": noon.Add(at).Format(time.RFC3339), "fieldsV1": parsed(t, fields)}
	}
	for name, c := range map[string]struct {
		renewed time.Duration
		fields  []any
		at      time.Duration
		ahead   time.Duration
	}{
		"clocks agree":            {300 * time.Millisecond, []any{entry(0, owned)}, 300 * time.Millisecond, 0},
		"ahead by hours":          {2 * time.Hour, []any{entry(0, owned)}, 0, 2 * time.Hour},
		"behind by minutes":       {-10 * time.Minute, []any{entry(0, owned)}, 0, -10 * time.Minute},
		"others write as well":    {2 * time.Hour, []any{entry(0, owned), entry(time.Minute, `{"f:metadata":{"f:labels":{"f:x":{}}}}`)}, 0, 2 * time.Hour},
		"several holders":         {2 * time.Hour, []any{entry(-time.Hour, owned), entry(0, owned)}, 0, 2 * time.Hour},
		"without managed fields":  {2 * time.Hour, nil, 2 * time.Hour, 0},
		"nobody owns the renewal": {2 * time.Hour, []any{entry(0, `{"f:spec":{"f:holderIdentity":{}}}`)}, 2 * time.Hour, 0},
	} {
		u := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": map[string]any{"name": "a", "managedFields": c.fields},
			"spec": map[string]any{"leaseDurationSeconds": int64(100), "renewTime": noon.Add(c.renewed).Format(metav1.RFC3339Micro)},
		}}
		got, renewed, err := ReadRenewal(u)
		if err != nil || !renewed {
			t.Errorf("%s: %t, %v", name, renewed, err)
			continue
		}
		if !got.At.Equal(noon.Add(c.at)) || got.Ahead != c.ahead || got.Duration != 100*time.Second {
			t.Errorf("%s: %+v", name, got)
		}
	}
	never := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": map[string]any{}}}
	if _, renewed, err := ReadRenewal(never); renewed || err != nil {
		t.Errorf("a Lease that was never renewed: %t, %v", renewed, err)
	}
}

func parsed(t *testing.T, text string) map[string]any {
	t.Helper()
	var u unstructured.Unstructured
	if err := u.UnmarshalJSON([]byte(`{"apiVersion":"v1","kind":"Fields","fields":` + text + `}`)); err != nil {
		t.Fatal(err)
	}
	fields, _, _ := unstructured.NestedMap(u.Object, "fields")
	return fields
}
