package splitter

import (
	"fmt"
	"testing"
	"time"
)

// Kind of fault: a record goes to the namespace that had or gets the interface's name.
func TestOwner(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	a, b := Pod{"team-a", "one"}, Pod{"team-b", "two"}
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	type change struct {
		at    int
		ports []Port
	}
	type question struct {
		index          uint32
		started, asked int // asked is when the record comes
	}
	tests := map[string]struct {
		changes []change
		question
		want  string
		known ownership
	}{
		"unknown interface":                        {[]change{{0, nil}}, question{5, 10, 10}, "", unknown},
		"one owner":                                {[]change{{0, []Port{{"1", "p", 5, a}}}}, question{5, 10, 10}, "team-a", owned},
		"its flow began before the agent":          {[]change{{0, []Port{{"1", "p", 5, a}}}}, question{5, -60, 10}, "team-a", owned},
		"no pod's":                                 {[]change{{0, []Port{{"1", "p", 5, Pod{}}}}}, question{5, 10, 10}, "", ofNoPod},
		"another interface of the name":            {[]change{{0, []Port{{"1", "p", 5, a}}}}, question{6, 10, 10}, "", unknown},
		"gone":                                     {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, nil}}, question{5, 5, 30}, "team-a", owned},
		"long gone":                                {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, nil}, {10000, nil}}, question{5, 5, 10000}, "", unknown},
		"reused name, flow of the old interface":   {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, []Port{{"2", "p", 6, b}}}}, question{5, 5, 11}, "team-a", owned},
		"reused name, flow of the new interface":   {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, []Port{{"2", "p", 6, b}}}}, question{6, 10, 11}, "team-b", owned},
		"new interface, its index is not yet told": {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, []Port{{"2", "p", 0, b}}}}, question{6, 10, 11}, "team-b", owned},
		"its index is told later":                  {[]change{{0, nil}, {1, []Port{{"1", "p", 0, a}}}, {2, []Port{{"1", "p", 5, a}}}}, question{5, 1, 3}, "team-a", owned},
		"its owner is told later":                  {[]change{{0, nil}, {1, []Port{{"1", "p", 5, Pod{}}}}, {2, []Port{{"1", "p", 5, a}}}}, question{5, 1, 3}, "team-a", owned},
		"owner rewritten, flow from before":        {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, []Port{{"1", "p", 5, b}}}}, question{5, 5, 11}, "", ambiguous},
		"owner rewritten, flow from about then":    {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, []Port{{"1", "p", 5, b}}}}, question{5, 11, 12}, "", ambiguous},
		"owner rewritten, flow from after":         {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, []Port{{"1", "p", 5, b}}}}, question{5, 12, 13}, "team-b", owned},
		"another pod of the namespace":             {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, []Port{{"1", "p", 5, Pod{"team-a", "x"}}}}}, question{5, 5, 11}, "team-a", owned},
		"owner removed, flow from before":          {[]change{{0, []Port{{"1", "p", 5, a}}}, {10, []Port{{"1", "p", 5, Pod{}}}}}, question{5, 5, 11}, "", ambiguous},
		"without indexes, at the start":            {[]change{{0, []Port{{"1", "p", 0, a}}}}, question{0, -5, 10}, "", ambiguous},
		"without indexes, flow from after":         {[]change{{0, []Port{{"1", "p", 0, a}}}}, question{0, 2, 10}, "team-a", owned},
		"without indexes, much later":              {[]change{{0, []Port{{"1", "p", 0, a}}}}, question{0, -5, 5000}, "team-a", owned},
		"without indexes, reused name":             {[]change{{0, []Port{{"1", "p", 0, a}}}, {5000, []Port{{"2", "p", 0, b}}}}, question{0, 4999, 5001}, "", ambiguous},
		"without indexes, reused name, new flow":   {[]change{{0, []Port{{"1", "p", 0, a}}}, {5000, []Port{{"2", "p", 0, b}}}}, question{0, 5003, 5004}, "team-b", owned},
		"without indexes, reused from no pod":      {[]change{{0, []Port{{"1", "p", 0, Pod{}}}}, {5000, []Port{{"2", "p", 0, b}}}}, question{0, 4999, 5001}, "", ambiguous},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var p ports
			for _, c := range test.changes {
				p.update(at(c.at), DefaultLifetime, c.ports)
			}
			r := &record{start: at(test.started), timed: true}
			got, known := p.owner(named("p", test.index), r, at(test.asked))
			if got != test.want || known != test.known {
				t.Errorf("got %q, %d, want %q, %d", got, known, test.want, test.known)
			}
		})
	}
}

// A forgotten past must not become certainty.
func TestChurnIsBoundedAndStaysExact(t *testing.T) {
	var p ports
	now := time.Unix(1_800_000_000, 0)
	p.update(now, DefaultLifetime, []Port{{"0", "p", 0, Pod{"team-a", "one"}}})
	now = now.Add(2 * DefaultLifetime)
	for i := range 3 * maxPast {
		p.update(now, DefaultLifetime, []Port{{fmt.Sprint("row", i), fmt.Sprint("q", i), uint32(i), Pod{"team-c", "x"}}})
	}
	if len(p.past) > maxPast || len(p.byName) > maxPast+1 {
		t.Errorf("%d former ports and %d names are remembered", len(p.past), len(p.byName))
	}
	p.update(now, DefaultLifetime, []Port{{"new", "p", 0, Pod{"team-b", "two"}}})
	r := &record{start: now.Add(-time.Second), timed: true}
	if got, known := p.owner(named("p", 0), r, now); known != ambiguous {
		t.Errorf("got %q, %d: the flow may be of the former owner", got, known)
	}
}
