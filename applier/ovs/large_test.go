package ovs_test

import (
	"fmt"
	"strings"
	"testing"

	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: a plan contains the row that it is for, and the kernel accepts no argument of 128 KiB. A
// row of another program's size could be neither removed nor repaired.
func TestARowOfAnySizeIsRemovedAndRepaired(t *testing.T) {
	const pieces, piece = 40, 10_000
	exporter := want(ipfix(ovs.Settings{ovs.Sampling: "400"}, "192.0.2.5:4739"))
	fresh := leave
	fresh[validation.IPFIX] = exporter
	cleared := leave
	cleared[validation.IPFIX] = ovs.Want{}
	for name, c := range map[string]struct {
		desired ovs.Desired
		set     bool
	}{
		"removed":                 {ovs.Desired{Export: cleared, LeaveDrops: true}, false},
		"repaired":                {ovs.Desired{Export: fresh, LeaveDrops: true}, false},
		"of a collector set":      {ovs.Desired{Export: leave}, true},
		"of one that is repaired": {ovs.Desired{Export: leave, Drops: &ovs.Drops{CollectorSet: 7, Domain: 1, Exporter: *exporter.Exporter}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newDatabase(t, "ovs-vsctl")
			db.must(t, twoBridges(all, applied, usualRows, oursSet(set7, 7, "")).arguments()...)
			db.must(t, "--", "--id=@i", "create", "IPFIX", `targets="192.0.2.9:1"`, "--", "set", "Flow_Sample_Collector_Set", string(set7), "ipfix=@i")
			row := ipfix1
			if c.set {
				row = db.read(t).CollectorSets[0].IPFIX
			}
			for i := range pieces {
				db.must(t, "set", "IPFIX", string(row), fmt.Sprintf("other_config:k%d=%s", i, strings.Repeat("y", piece)))
			}
			before := db.read(t)
			p, err := ovs.NewPlan(c.desired, before)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range p.Arguments() {
				if len(a) >= piece {
					t.Errorf("an argument has %d bytes", len(a))
				}
			}
			execute(t, db, c.desired, before, p)
			if _, left := db.read(t).Rows[row]; left {
				t.Error("the row is left")
			}
		})
	}
}

// What another program wrote in place of the stored text is no hash, and is not written again.
func TestAStoredTextOfAnySizeIsNotKept(t *testing.T) {
	long := strings.Repeat("f", 1<<20)
	if got := ovs.ParseLastApplied("netFlow=" + long + " netFlow.cluster=a," + long + " netFlow.repairs=" + long + ":1").String(); got != "netFlow.cluster=a" {
		t.Errorf("%d bytes are kept", len(got))
	}
}
