package validation_test

import (
	"testing"

	"sluice/validation"
)

func TestTheVerdictHasTheParametersThatTheOperatorReads(t *testing.T) {
	type parameters = validation.Parameters
	for name, c := range map[string]struct {
		data string
		want parameters
	}{
		"all":                        {`{"sharedTarget":"192.0.2.1:4739","sampling":"100","cacheMaxFlows":"2000","cacheActiveTimeout":"2m"}`, parameters{100, 2000, 120}},
		"with a nodePort":            {`{"nodePort":"4739","sampling":"100"}`, parameters{Sampling: 100}},
		"none":                       {`{"sharedTarget":"192.0.2.1:4739"}`, parameters{}},
		"no target":                  {`{"sampling":"100","cacheMaxFlows":"2000","cacheActiveTimeout":"2m"}`, parameters{}},
		"an empty target":            {`{"sharedTarget":"","sampling":"100"}`, parameters{}},
		"an empty target and a port": {`{"sharedTarget":"","nodePort":"4739","sampling":"100"}`, parameters{}},
		"a target that is malformed": {`{"sharedTarget":"collector:4739","sampling":"100"}`, parameters{Sampling: 100}},
		"zeros":                      {`{"nodePort":"4739","sampling":"0","cacheMaxFlows":"0","cacheActiveTimeout":"0s"}`, parameters{}},
		"no numbers":                 {`{"nodePort":"4739","sampling":"1:100","cacheMaxFlows":" 1","cacheActiveTimeout":"60"}`, parameters{}},
		"negative":                   {`{"nodePort":"4739","sampling":"-1","cacheMaxFlows":"-1","cacheActiveTimeout":"-60s"}`, parameters{}},
		"the largest":                {`{"nodePort":"4739","sampling":"4294967295","cacheMaxFlows":"4294967295","cacheActiveTimeout":"4200.9s"}`, parameters{4294967295, 4294967295, 4200}},
		"too large":                  {`{"nodePort":"4739","sampling":"4294967296","cacheMaxFlows":"4294967296","cacheActiveTimeout":"4201s"}`, parameters{}},
		"less than a second":         {`{"nodePort":"4739","cacheActiveTimeout":"999ms"}`, parameters{}},
		"wrong JSON types":           {`{"nodePort":"4739","sampling":100,"cacheActiveTimeout":null}`, parameters{}},
	} {
		t.Run(name, func(t *testing.T) {
			v := validation.Review(validation.Input{Object: flowsConfig(t, c.data)})
			if v.Parameters != c.want {
				t.Errorf("got %+v, want %+v", v.Parameters, c.want)
			}
		})
	}
	v := validation.Review(validation.Input{Object: network(t, list(validation.IPFIX, "192.0.2.1:4739"))})
	if v.Parameters != (parameters{}) {
		t.Errorf("a Network has the parameters %+v", v.Parameters)
	}
}
