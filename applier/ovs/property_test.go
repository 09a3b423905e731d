package ovs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

// generated is how many plans each property is tried on, executed how many run on each of
// two real servers.
const (
	generated = 3000
	executed  = 150
)

func TestEveryPropertyOfPlans(t *testing.T) {
	t.Parallel()
	g := newGenerator(1)
	actions := map[ovs.Action]int{}
	empty := 0
	for range generated {
		d := g.desired()
		w := g.world(d)
		p := plan(t, &d, w)
		holds(t, g, d, w, p)
		if t.Failed() {
			return
		}
		for _, s := range p.Steps {
			actions[s.Action]++
		}
		if p.Empty() {
			empty++
		}
	}
	for _, a := range []ovs.Action{ovs.Create, ovs.Change, ovs.Replace, ovs.Clear} {
		if actions[a] < generated/20 {
			t.Errorf("only %d of %d plans %s something; the generator proves little", actions[a], generated, a)
		}
	}
	if empty < generated/100 {
		t.Errorf("only %d of %d plans are empty", empty, generated)
	}
}

// plan plans, without drops if their collector set is taken.
func plan(t *testing.T, d *ovs.Desired, w world) ovs.Plan {
	t.Helper()
	p, err := ovs.NewPlan(*d, w.state(t))
	taken := slices.ContainsFunc(w.sets, func(c ovs.CollectorSet) bool {
		return d.Drops != nil && !d.LeaveDrops && c.Bridge == w.bridges[0].id && c.ID == d.Drops.CollectorSet && !c.Ours
	})
	var e *ovs.TakenError
	if errors.As(err, &e) != taken {
		t.Fatalf("the error is %v, though the collector set is taken: %t", err, taken)
	}
	if taken {
		d.LeaveDrops = true
		p, err = ovs.NewPlan(*d, w.state(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// holds checks on one plan what is true of all of them.
func holds(t *testing.T, g *generator, d ovs.Desired, w world, p ovs.Plan) {
	t.Helper()
	before := w.state(t)
	after := fakeovs.Apply(before, p, names())
	describe := func(what string, details ...any) {
		t.Helper()
		t.Errorf("%s %v\nbefore:\n%s\nplan:\n%s\nafter:\n%s", what, details, shape(before, before), p, shape(after, before))
	}
	if again, err := ovs.NewPlan(d, after); err != nil || !again.Empty() {
		describe("there is still something to do:", again, err)
	}
	for _, f := range validation.Formats() {
		row, exists := after.Export(f)
		switch want := d.Of(f); {
		case want.Leave && after.Bridge.Export[f] != before.Bridge.Export[f]:
			describe("what was to be left is another row:", f)
		case want.Leave, want.Exporter == nil && !exists:
		case want.Exporter == nil || !exists || !row.Exporter.Equal(*want.Exporter):
			describe("not as desired:", f)
		}
	}
	checkDrops(d, after, describe)
	checkOthers(before, after, p, describe)
	if diff := cmp.Diff(w.state(t), before, stateOptions()); diff != "" {
		describe("Apply changed what it was given:", diff)
	}
	if p.Empty() != (p.Arguments() == nil) {
		describe("arguments of an empty plan:", p.Arguments())
	}
	for i := range d.Export {
		if r := d.Export[i].Exporter; r != nil {
			g.Shuffle(len(r.Targets), func(i, j int) { r.Targets[i], r.Targets[j] = r.Targets[j], r.Targets[i] })
		}
	}
	slices.Reverse(w.sets)
	slices.Reverse(w.bridges[1:])
	again, err := ovs.NewPlan(d, w.state(t))
	if err != nil || again.String() != p.String() || !slices.Equal(again.Arguments(), p.Arguments()) {
		describe("another order makes another plan:", again, err)
	}
}

// checkDrops checks that drops go where they should, and nowhere else by Sluice's doing.
func checkDrops(d ovs.Desired, after ovs.State, describe func(string, ...any)) {
	if d.LeaveDrops {
		return
	}
	found := false
	for _, c := range after.CollectorSets {
		if !c.Ours || c.Bridge != after.Bridge.UUID {
			continue
		}
		if d.Drops == nil || found || c.ID != d.Drops.CollectorSet || !after.Rows[c.IPFIX].Exporter.Equal(d.Drops.Exporter) || after.Rows[c.IPFIX].Shared {
			describe("this collector set is not as desired:", c)
		}
		found = true
	}
	if d.Drops != nil && !found {
		describe("there is no collector set")
	}
}

// checkOthers checks that what is not Sluice's to touch is neither named nor changed.
func checkOthers(before, after ovs.State, p ovs.Plan, describe func(string, ...any)) {
	argv := strings.Join(p.Arguments(), " ")
	touchable := map[ovs.UUID]bool{}
	for _, id := range before.Bridge.Export {
		touchable[id] = true
	}
	for _, c := range before.CollectorSets {
		if c.Ours && c.Bridge == before.Bridge.UUID {
			touchable[c.IPFIX] = true
			continue
		}
		if strings.Contains(argv, string(c.UUID)) || !slices.Contains(after.CollectorSets, c) {
			describe("somebody else's collector set is touched:", c)
		}
	}
	for id, row := range before.Rows {
		if !touchable[id] && strings.Contains(argv, string(id)) {
			describe("somebody else's row is named:", id)
		}
		kept, exists := after.Rows[id]
		if (!touchable[id] || row.Shared) && exists && !cmp.Equal(row.Exporter, kept.Exporter) || !touchable[id] && !exists {
			describe("somebody else's row is changed:", id)
		}
	}
}

func stateOptions() cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool {
		field, ok := p.Last().(cmp.StructField)
		return ok && (field.Name() == "schema" || field.Name() == "elsewhere")
	}, cmp.Ignore())
}

func TestARealServerDoesWhatApplySays(t *testing.T) {
	for _, seed := range []uint64{2, 6} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			doesWhatApplySays(t, newDatabase(t, "ovs-vsctl"), newGenerator(seed))
		})
	}
}

func doesWhatApplySays(t *testing.T, db *database, g *generator) {
	t.Helper()
	ran := 0
	for range executed {
		d := g.desired()
		w := g.world(d)
		db.must(t, append(removal(), w.arguments()...)...)
		p := plan(t, &d, w)
		if !p.Empty() {
			ran++
		}
		execute(t, db, d, w.state(t), p)
	}
	if ran < executed*3/4 {
		t.Errorf("only %d of %d plans had something to do", ran, executed)
	}
}

// execute runs a plan on a real server and compares what is there then with what Apply
// says, and with what is desired.
func execute(t *testing.T, db *database, d ovs.Desired, before ovs.State, p ovs.Plan) {
	t.Helper()
	if p.Empty() {
		return
	}
	if _, err := db.run(2*time.Second, p.Arguments()...); err != nil {
		t.Fatalf("%v\nbefore:\n%s\nplan:\n%s", err, shape(before, before), p)
	}
	after := db.read(t)
	if diff := cmp.Diff(shape(fakeovs.Apply(before, p, names()), before), shape(after, before)); diff != "" {
		t.Fatalf("Apply says something else than the server (-Apply +server):\n%s\nbefore:\n%s\nplan:\n%s", diff, shape(before, before), p)
	}
	if again, err := ovs.NewPlan(d, after); err != nil || !again.Empty() {
		t.Fatalf("there is still something to do: %v\n%v", err, again)
	}
}

func TestRecordsAreEqualIfTheirHashesAre(t *testing.T) {
	t.Parallel()
	g := newGenerator(3)
	equal := 0
	for range 10 * generated {
		a := g.record(validation.Format(g.IntN(3)), true)
		var b ovs.Exporter
		if b = a.Without(); g.chance(50) {
			b = a.Without(pick(g, ovs.ColumnsOf(a.Format)...).Name)
		}
		if g.chance(30) {
			b.Targets = g.targets(true, 0)
		}
		if g.chance(5) {
			b.Format = validation.Format(g.IntN(3))
		}
		if a.Equal(b) != (a.Hash() == b.Hash()) || a.Equal(b) != b.Equal(a) {
			t.Fatalf("Equal says %t, the hashes are %s and %s:\n%q\n%q", a.Equal(b), a.Hash(), b.Hash(), a, b)
		}
		if a.Equal(b) {
			equal++
		}
	}
	if equal < generated || equal > 9*generated {
		t.Errorf("%d of %d records are equal; the generator proves little", equal, 10*generated)
	}
}

func TestWhatIsNotSluicesIsNeverRemovable(t *testing.T) {
	g := newGenerator(4)
	removable := 0
	for range generated {
		f := validation.Format(g.IntN(3))
		row := ovs.Row{UUID: pick(g, id(1), id(2)), Exporter: g.record(f, true)}
		noted := g.record(f, true)
		if g.chance(30) {
			noted = row.Exporter
		}
		note := ovs.AppliedFormat{Hash: pick(g, "", noted.Hash()), Off: g.chance(50)}
		known := pick(g, "", id(1))
		var want *ovs.Exporter
		if g.chance(50) {
			r := g.record(f, false)
			want = &r
		}
		s := ovs.Classify(want, &row, ovs.Evidence{LastApplied: note, Known: known})
		ours := note.Hash == row.Exporter.Hash() || row.UUID == known
		if s.Removable() != (ours && want == nil) {
			t.Fatalf("removable: %t, Sluice's: %t, wanted: %v", s.Removable(), ours, want)
		}
		if s.Removable() {
			removable++
		}
	}
	if removable < generated/20 {
		t.Errorf("only %d of %d rows are removable; the generator proves little", removable, generated)
	}
}
