package validation_test

import (
	"fmt"
	"strings"
	"testing"

	"sluice/validation"
)

func TestAHugeListCostsLittleAndIsRefusedWithItsCount(t *testing.T) {
	const million = 1_000_000
	for name, flows := range map[string]string{
		"joined texts": `{"ipfix":{"collectors":["` + strings.Repeat("1,", million) + `1"]}}`,
		"numbers":      `{"ipfix":{"collectors":[` + strings.Repeat("0,", million) + `0]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			v, err := validation.ParseJSON([]byte(flows))
			if err != nil {
				t.Fatal(err)
			}
			var verdict validation.Verdict
			allocated := testing.AllocsPerRun(1, func() {
				verdict = validation.Review(validation.Input{Object: validation.Object{Name: "cluster", ExportNetworkFlows: v}, Options: validation.Options{MaxFindings: 50}})
			})
			if verdict.Outcome() != validation.Rejected {
				t.Errorf("the verdict is %s", verdict.Outcome())
			}
			if allocated > 50_000 {
				t.Errorf("%.0f allocations", allocated)
			}
		})
	}
}

func TestALongListIsNotComparedWithTheNetworks(t *testing.T) {
	var collectors, networks []string
	for i := range 900 {
		collectors = append(collectors, fmt.Sprintf("%q", fmt.Sprintf("10.0.%d.%d:1", i/200, i%200+1)))
	}
	for range 64 {
		networks = append(networks, `{"cidr":"10.0.0.0/8"}`)
	}
	flows := parse(t, `{"netFlow":{"collectors":[`+strings.Join(collectors, ",")+`]}}`)
	around := parse(t, `[`+strings.Join(networks, ",")+`]`)
	v := validation.Review(validation.Input{Object: validation.Object{Name: "cluster", ExportNetworkFlows: flows, ClusterNetwork: around}})
	if len(v.Errors) != 1 || len(v.Warnings) != 0 {
		t.Errorf("%d errors, %d warnings", len(v.Errors), len(v.Warnings))
	}
}
