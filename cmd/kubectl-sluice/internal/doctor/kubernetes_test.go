package doctor

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/version"
)

func TestTheVersionOfTheAPIServer(t *testing.T) {
	for name, c := range map[string]struct {
		info  version.Info
		err   error
		state State
		why   string
	}{
		"the oldest":          {version.Info{Major: "1", Minor: "30", GitVersion: "v1.30.14"}, nil, OK, ""},
		"OpenShift 4.17":      {version.Info{Major: "1", Minor: "30", GitVersion: "v1.30.7+6bdba9c"}, nil, OK, ""},
		"with a plus sign":    {version.Info{Major: "1", Minor: "31+", GitVersion: "v1.31.5-gke.1"}, nil, OK, ""},
		"OpenShift 4.16":      {version.Info{Major: "1", Minor: "29", GitVersion: "v1.29.6+aba1e8d"}, nil, Bad, "Kubernetes v1.29.6+aba1e8d is not supported: it serves no ValidatingAdmissionPolicies"},
		"older, with a sign":  {version.Info{Major: "1", Minor: "27+", GitVersion: "v1.27.3"}, nil, Bad, "Kubernetes v1.27.3 is not supported"},
		"a new major version": {version.Info{Major: "2", Minor: "0", GitVersion: "v2.0.0"}, nil, OK, ""},
		"not a version":       {version.Info{Major: "1", GitVersion: "devel"}, nil, Unknown, `read the version "devel"`},
		"no answer":           {version.Info{}, errors.New("timed out"), Unknown, "timed out"},
	} {
		t.Run(name, func(t *testing.T) {
			f := Cluster{Version: func() (*version.Info, error) { return &c.info, c.err }}.supported()
			if f.State != c.state || !strings.Contains(f.Why, c.why) || (c.why == "") != (f.Why == "") || (c.state == Bad) != (f.Do != "") {
				t.Errorf("%+v", f)
			}
		})
	}
}
