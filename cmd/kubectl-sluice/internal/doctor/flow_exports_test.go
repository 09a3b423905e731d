package doctor

import (
	"strings"
	"testing"
	"time"
)

const tenantRules = `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: sluice-flowexports-edit}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: sluice-flowexport-status}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: sluice-flowexport-status}}
`

func TestFlowExports(t *testing.T) {
	const export = "\n---\n{apiVersion: sluice.dev/v1alpha1, kind: FlowExport, metadata: {name: siem, namespace: team-a, generation: 1, creationTimestamp: '2026-11-23T08:00:00Z'}, spec: {ipfix: {collectors: ['10.20.0.5:4739']}}"
	accepted := func(nodes string) string {
		return export + ", status: {nodesWanted: " + nodes + ", conditions: [{type: Accepted, status: 'True', observedGeneration: 1, reason: Allowed, message: x, lastTransitionTime: '2026-11-23T08:00:00Z'}]}}"
	}
	for name, c := range map[string]struct {
		objects string
		after   time.Duration
		state   State
		text    string
	}{
		"none":                         {tenantRules, time.Hour, OK, "0, of which 0 are accepted"},
		"no role":                      {tenantRules[strings.Index(tenantRules, "---")+4:], time.Hour, Bad, "the ClusterRole sluice-flowexports-edit is missing"},
		"no admission policy":          {tenantRules[:strings.Index(tenantRules, "---")], time.Hour, Bad, "the ValidatingAdmissionPolicy sluice-flowexport-status is missing"},
		"accepted, and on nodes":       {tenantRules + accepted("2"), time.Hour, OK, "1, of which 1 are accepted and 1 are on a node"},
		"not evaluated":                {tenantRules + export + "}", time.Hour, Bad, "the controller has not evaluated team-a/siem"},
		"not evaluated yet":            {tenantRules + export + "}", time.Second, OK, "1, of which 0 are accepted"},
		"no agent knows them":          {tenantRules + accepted("0"), time.Hour, Warn, "no agent reports any accepted FlowExport, such as team-a/siem"},
		"accepted a moment ago":        {tenantRules + accepted("0"), time.Second, OK, "0 are on a node"},
		"one has no pods, another has": {tenantRules + accepted("0") + strings.Replace(accepted("1"), "name: siem", "name: b", 1), time.Hour, OK, "2 are accepted and 1 are on a node"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, _ := broken(t, c.objects)
			cluster.Now = func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC).Add(c.after) }
			f := cluster.flowExports(t.Context())
			if f.State != c.state || !strings.Contains(f.Title()+f.Why, c.text) {
				t.Errorf("%+v", f)
			}
		})
	}
}
