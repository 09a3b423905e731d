package agent

import (
	"testing"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
)

// A report has the drift that was found, by the same name.
func TestTheDriftClassesOfTheAPIAreThoseOfTheCore(t *testing.T) {
	for class, reported := range map[ovs.DriftClass]v1alpha1.DriftClass{
		ovs.InSync: v1alpha1.DriftInSync, ovs.Missing: v1alpha1.DriftMissing, ovs.Drifted: v1alpha1.DriftDrifted,
		ovs.Foreign: v1alpha1.DriftForeign, ovs.Extra: v1alpha1.DriftExtra,
	} {
		if v1alpha1.DriftClass(class) != reported {
			t.Errorf("%s is reported as %s", class, reported)
		}
	}
}
