package validation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
)

// verdictCase is one object, or one change of it, and its verdict in brief.
type verdictCase struct {
	name     string
	old, now string
	options  validation.Options
	patch    bool
	want     []string
}

// checkNetworks reviews each case as spec.exportNetworkFlows; with an old object, as a
// change of it.
func checkNetworks(t *testing.T, cases []verdictCase) {
	t.Helper()
	checkCases(t, cases, network)
}

// checkFlowsConfigs reviews each case as the data of the ConfigMap.
func checkFlowsConfigs(t *testing.T, cases []verdictCase) {
	t.Helper()
	checkCases(t, cases, flowsConfig)
}

func checkCases(t *testing.T, cases []verdictCase, object func(testing.TB, string) validation.Object) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := validation.Input{Object: object(t, c.now)}
			if c.old != "" {
				in = update(object(t, c.old), in.Object)
			}
			in.Options = c.options
			in.Object.MergePatch = c.patch
			if diff := cmp.Diff(c.want, brief(validation.Review(in))); diff != "" {
				t.Errorf("verdict on %s (-want +got):\n%s", c.now, diff)
			}
		})
	}
}

var rejectMode = validation.Options{RejectNonCanonical: true}
