package status_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/validation"
)

// TestOKMeansThatEveryNodeExports: whatever the reports say, and whatever they lack, the verdict is OK only if all
// nodes are counted as up to date, and as exporting. Only what a profile switches off or pauses counts as neither.
func TestOKMeansThatEveryNodeExports(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) // the same cases each time
	fine := 0
	for range 20000 {
		c := randomCluster(r)
		s, v := c.Summarize(), c.Verdict()
		if v.Level == status.LevelProblem || s.Reports == 0 {
			continue
		}
		paused, off := 0, 0
		for _, n := range c.Exports {
			applied := slices.IndexFunc(n.Status.Conditions, func(c metav1.Condition) bool { return c.Type == "Applied" })
			switch {
			case applied >= 0 && n.Status.Conditions[applied].Status != metav1.ConditionTrue && n.Status.OnlyPaused():
				paused++
			case applied >= 0 && n.Status.Conditions[applied].Reason == v1alpha1.ReasonExportOff:
				off++
			}
		}
		if s.Applied != s.Nodes-paused || v.Level == status.LevelOK && s.Exporting < s.Nodes-paused-off {
			t.Fatalf("%s (%s): %+v, %d paused, %d off\n%+v", v.Title, v.Level, s, paused, off, c)
		}
		if v.Level == status.LevelOK {
			fine++
		}
	}
	if fine < 100 {
		t.Errorf("only %d of the clusters are OK", fine)
	}
}

// randomCluster is a cluster in which now and then something is not well.
func randomCluster(r *rand.Rand) status.Cluster {
	seldom := func() bool { return r.IntN(12) == 0 }
	c := fleet(1 + r.IntN(3))
	if seldom() {
		c.Desired = validation.Flows{}
	}
	for i := range c.Exports {
		randomReport(r, seldom, &c.Exports[i].Status)
		if name := c.Exports[i].Name; seldom() {
			c.Heartbeats[name] = status.Heartbeat{Renewed: noon.Add(time.Duration(r.IntN(9)-4) * time.Minute), Duration: 100 * time.Second}
		}
		if seldom() {
			c.NotReady = append(c.NotReady, c.Exports[i].Name)
		}
	}
	if seldom() {
		c.Nodes = append(c.Nodes, "worker-new")
	}
	for _, text := range []*string{&c.NodesUnknown, &c.LivenessUnknown, &c.InputsUnknown} {
		if r.IntN(100) == 0 {
			*text = "forbidden"
		}
	}
	if seldom() {
		c.Generation = int64(r.IntN(2)) * 8
	}
	return c
}

func randomReport(r *rand.Rand, seldom func() bool, s *v1alpha1.NodeFlowExportStatus) {
	reasons := []string{"InSync", v1alpha1.ReasonOff, v1alpha1.ReasonExportOff, v1alpha1.ReasonObserveOnly, v1alpha1.ReasonNotApplied, v1alpha1.ReasonConflict, v1alpha1.ReasonHeldDown, ""}
	values := []metav1.ConditionStatus{"True", "False", "Unknown", ""}
	for i := range s.Conditions {
		if seldom() {
			s.Conditions[i].Status = values[r.IntN(len(values))]
		}
		if seldom() {
			s.Conditions[i].Reason = reasons[r.IntN(len(reasons))]
		}
	}
	s.Conditions = slices.DeleteFunc(s.Conditions, func(metav1.Condition) bool { return seldom() })
	if seldom() {
		s.Conditions = append(s.Conditions, synced())
	}
	if seldom() {
		modes := []v1alpha1.Mode{v1alpha1.ModeObserve, v1alpha1.ModeEnforce, v1alpha1.ModeCleanup, ""}
		s.Mode, s.AgentMode = modes[r.IntN(len(modes))], modes[r.IntN(len(modes))]
	}
	if seldom() {
		s.ObservedGeneration = 6
	}
}
