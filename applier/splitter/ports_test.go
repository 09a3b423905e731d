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
		at        int
		ports     []Port
		lost      bool
		confirmed int // when they were confirmed last before
	}
	present := func(at int, ports ...Port) change { return change{at: at, ports: ports, confirmed: at} }
	type question struct {
		index          uint32
		started, ended int
	}
	port := func(row string, index uint32, owner Pod) Port { return Port{row, "p", index, owner} }
	mine, other := port("1", 5, a), port("2", 6, b)
	tests := map[string]struct {
		changes []change
		question
		want  string
		known ownership
	}{
		"unknown interface":                        {[]change{present(0)}, question{5, 10, 10}, "", unknown},
		"one owner":                                {[]change{present(0, mine)}, question{5, 10, 10}, "team-a", owned},
		"its flow began before the agent":          {[]change{present(0, mine)}, question{5, -60, 10}, "", ambiguous},
		"no pod's":                                 {[]change{present(0, port("1", 5, Pod{}))}, question{5, 10, 10}, "", ofNoPod},
		"another interface of the name":            {[]change{present(0, mine)}, question{6, 10, 10}, "", unknown},
		"gone":                                     {[]change{present(0, mine), present(10)}, question{5, 5, 10}, "team-a", owned},
		"gone, but packets come":                   {[]change{present(0, mine), present(10)}, question{5, 5, 13}, "", unknown},
		"long gone":                                {[]change{present(0, mine), present(10), present(10000)}, question{5, 5, 9}, "", unknown},
		"reused name, flow of the old interface":   {[]change{present(0, mine), present(10, other)}, question{5, 5, 9}, "team-a", owned},
		"reused name, flow of the new interface":   {[]change{present(0, mine), present(10, other)}, question{6, 10, 11}, "team-b", owned},
		"new interface, its index is not yet told": {[]change{present(0, mine), present(10, port("2", 0, b))}, question{6, 12, 12}, "team-b", owned},
		"its index is told later":                  {[]change{present(0), present(1, port("1", 0, a)), present(2, mine)}, question{5, 1, 3}, "team-a", owned},
		"its owner is told later":                  {[]change{present(0), present(1, port("1", 5, Pod{})), present(2, mine)}, question{5, 1, 3}, "team-a", owned},

		"owner rewritten, flow from before":            {[]change{present(0, mine), present(10, port("1", 5, b))}, question{5, 5, 9}, "team-a", owned},
		"owner rewritten, flow over the change":        {[]change{present(0, mine), present(10, port("1", 5, b))}, question{5, 5, 13}, "", ambiguous},
		"owner rewritten, flow from about then":        {[]change{present(0, mine), present(10, port("1", 5, b))}, question{5, 11, 12}, "", ambiguous},
		"owner rewritten, flow from after":             {[]change{present(0, mine), present(10, port("1", 5, b))}, question{5, 12, 13}, "team-b", owned},
		"owner rewritten, heard of late":               {[]change{present(0, mine), {at: 10, ports: []Port{port("1", 5, b)}, confirmed: 7}}, question{5, 5, 8}, "", ambiguous},
		"owner rewritten, in doubt for a while":        {[]change{present(0, mine), present(10, port("1", 5, Pod{})), present(60, port("1", 5, b))}, question{5, 30, 61}, "", ambiguous},
		"another pod of the namespace":                 {[]change{present(0, mine), present(10, port("1", 5, Pod{"team-a", "x"}))}, question{5, 5, 11}, "team-a", owned},
		"owner removed, flow over the change":          {[]change{present(0, mine), present(10, port("1", 5, Pod{}))}, question{5, 5, 11}, "", ambiguous},
		"name and number reused, flow over the change": {[]change{present(0, mine), present(10, port("2", 5, b))}, question{5, 5, 20}, "", ambiguous},
		"name and number reused, flow from before":     {[]change{present(0, mine), present(10, port("2", 5, b))}, question{5, 5, 9}, "team-a", owned},
		"name and number reused, flow from after":      {[]change{present(0, mine), present(10, port("2", 5, b))}, question{5, 12, 20}, "team-b", owned},
		"reused, before ovs-vswitchd has the port":     {[]change{present(0, mine), present(10, port("2", 0, b)), present(30, port("2", 5, b))}, question{5, 20, 25}, "", ambiguous},
		"reused after a gap without a port":            {[]change{present(0, mine), present(10), present(20, port("2", 5, b))}, question{5, 19, 21}, "", ambiguous},

		"watch lost":                             {[]change{present(0, mine), {at: 10, lost: true}}, question{5, 5, 20}, "", unknown},
		"watch lost, flow over the gap":          {[]change{present(0, mine), {at: 10, lost: true}, present(60, mine)}, question{5, 5, 70}, "", ambiguous},
		"watch lost, flow of the gap":            {[]change{present(0, mine), {at: 10, lost: true}, present(60, mine)}, question{5, 20, 30}, "", ambiguous},
		"watch lost, another owner afterwards":   {[]change{present(0, mine), {at: 10, lost: true}, present(60, port("1", 5, b))}, question{5, 50, 70}, "", ambiguous},
		"watch lost, flow from after":            {[]change{present(0, mine), {at: 10, lost: true}, present(60, mine)}, question{5, 61, 70}, "team-a", owned},
		"watch lost, other owner's new flow":     {[]change{present(0, mine), {at: 10, lost: true}, present(60, port("1", 5, b))}, question{5, 63, 70}, "team-b", owned},
		"without indexes, at the start":          {[]change{present(0, port("1", 0, a))}, question{0, -5, 10}, "", ambiguous},
		"without indexes, flow from after":       {[]change{present(0, port("1", 0, a))}, question{0, 2, 10}, "team-a", owned},
		"without indexes, reused name":           {[]change{present(0, port("1", 0, a)), present(5000, port("2", 0, b))}, question{0, 4999, 5001}, "", ambiguous},
		"without indexes, reused name, new flow": {[]change{present(0, port("1", 0, a)), present(5000, port("2", 0, b))}, question{0, 5003, 5004}, "team-b", owned},
		"without indexes, reused from no pod":    {[]change{present(0, port("1", 0, Pod{})), present(5000, port("2", 0, b))}, question{0, 4999, 5001}, "", ambiguous},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var p ports
			for _, c := range test.changes {
				p.confirmed = at(c.confirmed)
				if c.lost {
					p.lose(at(c.at))
					continue
				}
				p.update(at(c.at), c.ports)
			}
			r := &record{start: at(test.started), end: at(test.ended), timed: true}
			got, known := p.owner(named("p", test.index), r)
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
	p.update(now, []Port{{"0", "p", 0, Pod{"team-a", "one"}}})
	now = now.Add(2 * DefaultLifetime)
	for i := range 3 * maxPast {
		p.update(now, []Port{{fmt.Sprint("row", i), fmt.Sprint("q", i), uint32(i), Pod{"team-c", "x"}}})
	}
	if len(p.past) > maxPast || len(p.byName) > maxPast+1 {
		t.Errorf("%d former ports and %d names are remembered", len(p.past), len(p.byName))
	}
	p.update(now, []Port{{"new", "p", 0, Pod{"team-b", "two"}}})
	r := &record{start: now.Add(-time.Second), end: now, timed: true}
	if got, known := p.owner(named("p", 0), r); known != ambiguous {
		t.Errorf("got %q, %d: the flow may be of the former owner", got, known)
	}
}
