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
		if got := offsets(noon.Add(c.date), noon.Add(c.received), c.received-c.sent).closest(); got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}

// Kind of fault: the last evidence replaced a better one. A slow answer says little about the clocks.
func TestAnAnswerTakesNothingFromWhatEarlierOnesProved(t *testing.T) {
	type answer struct{ date, sent, received, want time.Duration }
	const s, h = time.Second, time.Hour
	for name, answers := range map[string][]answer{
		"a slow one":                   {{300 * s, 0, 0, 300 * s}, {330 * s, 5 * s, 900 * s, 300 * s}},
		"a slow one, behind":           {{-h, 0, 0, -h + s}, {-h, 0, 2 * h, -h + s}},
		"a better one":                 {{300 * s, 0, 200 * s, 100 * s}, {500 * s, 200 * s, 200 * s, 300 * s}},
		"none is possible for both":    {{300 * s, 0, 100 * s, 200 * s}, {50 * s, 0, 0, 50 * s}},
		"the server's clock was set":   {{300 * s, 0, 0, 300 * s}, {s, s, s, 0}},
		"the clocks agree, and slowly": {{0, 0, 0, 0}, {9 * s, 0, 60 * s, 0}},
	} {
		c := NewClock(func() time.Time { return noon })
		for i, a := range answers {
			if c.answered(noon.Add(a.date), noon.Add(a.sent), noon.Add(a.received)); c.Offset() != a.want {
				t.Errorf("%s: after answer %d: %s, not %s", name, i, c.Offset(), a.want)
			}
		}
	}
}

// What was proved of a clock says nothing after it was set. The next answer may be slow, so that it contradicts nothing.
func TestAfterTheMachinesClockWasSetTheNextAnswerCounts(t *testing.T) {
	for name, c := range map[string]struct{ step, want time.Duration }{
		"set right":      {300 * time.Second, 0},
		"not set":        {0, 300 * time.Second},
		"slowed by NTP":  {20 * time.Millisecond, 300 * time.Second},
		"set to be late": {-time.Hour, time.Hour + 300*time.Second - 400*time.Second},
	} {
		clock := NewClock(func() time.Time { return noon })
		clock.answered(noon.Add(300*time.Second), noon, noon)
		// The next answer takes 400 s, and the clock is set before it.
		sent, received := noon.Add(time.Second+c.step), noon.Add(401*time.Second+c.step)
		clock.elapsed = func(from, to time.Time) time.Duration {
			if from.Equal(sent) {
				return to.Sub(from)
			}
			return to.Sub(from) - c.step
		}
		clock.answered(noon.Add(301*time.Second), sent, received)
		if got := clock.Offset(); got != c.want {
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
