package ovs_test

import (
	"math/rand/v2"
	"slices"

	"sluice/applier/ovs"
	"sluice/validation"
)

// generator makes up databases and wishes, from a seed. It draws from small pools, so that
// things are equal, shared and in the way often enough.
type generator struct {
	*rand.Rand
	last int // the last UUID that was made up
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) id() ovs.UUID { g.last++; return id(g.last) }

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// targets are two to three of few; strange is for those that only somebody else writes.
func (g *generator) targets(strange bool, least int) []string {
	pool := []string{"192.0.2.1:2055", "192.0.2.2:2055", "[2001:db8::1]:4739", "192.0.2.1:4739"}
	if strange {
		pool = append(pool, "192.0.2.1:02055", "[2001:DB8:0::1]:4739", "collector:99", "", "a\nb", "a", "b", `"\`, "é\x01 ,]")
	}
	g.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	return pool[:least+g.IntN(4-least)]
}

// values are what a column may hold; the first are wanted, too.
func values(c ovs.ColumnName, strange bool) []string {
	common := map[ovs.ColumnName][]string{
		ovs.ActiveTimeout: {"60", "600", "1"}, ovs.Agent: {"ovn-k8s-mp0", "192.0.2.9"}, ovs.Sampling: {"400", "1", "4294967295"},
		ovs.Polling: {"30", "10"}, ovs.Header: {"128", "256"}, ovs.CacheActiveTimeout: {"0", "60", "4200"},
		ovs.CacheMaxFlows: {"0", "1000"}, ovs.ObservationDomain: {"0", "77", "4294967295"},
	}
	odd := map[ovs.ColumnName][]string{
		ovs.ActiveTimeout: {"0", "-1"}, ovs.Agent: {"", "a b", "\"é\n"}, ovs.Sampling: {"2"},
		ovs.EngineType: {"0", "255"}, ovs.EngineID: {"9"}, ovs.AddIDToInterface: {"true"}, ovs.ObservationPoint: {"0", "7"},
		ovs.OtherConfig: {`{"enable-input-sampling":"false"}`, `{"a \"b\"":"é, ]=","virtual_obs_id":"x"}`},
	}
	if strange {
		return append(common[c], odd[c]...)
	}
	return common[c]
}

func (g *generator) record(f validation.Format, strange bool) ovs.Exporter {
	least := 1
	if f == validation.IPFIX && strange {
		least = 0
	}
	r := ovs.Exporter{Format: f, Targets: g.targets(strange, least), Settings: ovs.Settings{}}
	for _, c := range ovs.ColumnsOf(f) {
		if list := values(c.Name, strange); len(list) > 0 && g.chance(50) {
			r.Settings[c.Name] = pick(g, list...)
		}
	}
	if _, ok := r.Settings[ovs.ActiveTimeout]; strange && f == validation.NetFlow && !ok {
		r.Settings[ovs.ActiveTimeout] = "0"
	}
	return r
}

// world is a database that may go with a wish.
func (g *generator) world(d ovs.Desired) world {
	w := world{rows: map[ovs.UUID]ovs.Exporter{}, bridges: []bridge{{id: g.id(), name: vswitch}}}
	if g.chance(50) {
		w.bridges = append(w.bridges, bridge{id: g.id(), name: "other"})
	}
	row := func(f validation.Format, wanted *ovs.Exporter) ovs.UUID {
		id := g.id()
		w.rows[id] = g.record(f, true)
		if wanted != nil && g.chance(50) {
			r := *wanted
			r.Targets = slices.Clone(r.Targets)
			r.Settings = r.Without().Settings
			if f == validation.NetFlow && r.Settings[ovs.ActiveTimeout] == "" {
				r.Settings[ovs.ActiveTimeout] = "0"
			}
			if c := pick(g, ovs.ColumnsOf(f)...); g.chance(50) && c.Since == "" {
				r.Settings[c.Name] = pick(g, values(c.Name, true)...)
			}
			w.rows[id] = r
		}
		return id
	}
	for i := range w.bridges {
		for _, f := range validation.Formats() {
			switch {
			case i > 0 && g.chance(30):
				w.bridges[i].export[f] = w.bridges[0].export[f]
			case g.chance(60):
				w.bridges[i].export[f] = row(f, d.Of(f).Exporter)
			}
		}
	}
	for _, b := range w.bridges {
		for _, number := range []uint32{7, 42, 60} {
			if g.chance(70) {
				continue
			}
			c := ovs.CollectorSet{UUID: g.id(), ID: number, Bridge: b.id, Ours: g.chance(60)}
			switch g.IntN(6) {
			case 0:
			case 1:
				c.IPFIX = w.bridges[0].export[validation.IPFIX]
			case 2:
				if len(w.sets) > 0 {
					c.IPFIX = w.sets[0].IPFIX
				}
			default:
				var wanted *ovs.Exporter
				if d.Drops != nil {
					wanted = &d.Drops.Exporter
				}
				c.IPFIX = row(validation.IPFIX, wanted)
			}
			w.sets = append(w.sets, c)
		}
	}
	w.bridges[0].ids = g.ids(w, d)
	return w
}

// ids are the bridge's external_ids: what ovn-controller writes there, and a note.
func (g *generator) ids(w world, d ovs.Desired) map[string]string {
	ids := map[string]string{"ovn-nb-cfg": "3"}
	var note ovs.LastApplied
	for _, f := range validation.Formats() {
		if r, ok := w.rows[w.bridges[0].export[f]]; ok && g.chance(40) {
			note[f].Hash = r.Hash()
		}
		if r := d.Of(f).Exporter; r != nil && g.chance(30) {
			note[f].Hash = r.Hash()
		}
		note[f].Off = note[f].Hash != "" && g.chance(20)
		if g.chance(20) {
			note[f].Repairs = ovs.Repairs{Desired: note[f].Hash}.With(ovs.Repair{At: 1700000000, Weight: 3})
		}
	}
	switch {
	case g.chance(5):
		ids[ovs.LastAppliedKey] = "what is this"
	case g.chance(60):
		ids[ovs.LastAppliedKey] = note.String()
	}
	return ids
}

func (g *generator) desired() ovs.Desired {
	d := ovs.Desired{LeaveDrops: g.chance(20), RemoveLastApplied: g.chance(10)}
	for _, f := range validation.Formats() {
		switch {
		case g.chance(20):
			d.Export[f].Leave = true
		case g.chance(70):
			r := g.record(f, false)
			d.Export[f].Exporter = &r
		}
		if g.chance(30) {
			repairs := ovs.Repairs{}.With(ovs.Repair{At: 1700000001, Weight: 1})
			d.Export[f].Repairs = &repairs
		}
	}
	if g.chance(50) {
		d.Drops = &ovs.Drops{CollectorSet: pick[uint32](g, 7, 60), Domain: 1, Exporter: g.record(validation.IPFIX, false)}
	}
	return d
}
