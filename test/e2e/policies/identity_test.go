package policies

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

func TestSubjectsThatAreNobodyRestrictNobody(t *testing.T) {
	reset(t)
	var text strings.Builder
	for name, subject := range map[string]string{
		"no-member":       `{kind: Group, name: team-without-members}`,
		"misspelled":      `{kind: Group, name: taem-a}`,
		"another-case":    `{kind: User, name: Mary}`,
		"a-group-as-user": `{kind: User, name: team-a}`,
		"a-user-as-group": `{kind: Group, name: mary}`,
		"no-account":      `{kind: ServiceAccount, name: mary, namespace: default}`,
	} {
		text.WriteString("---\napiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: " + name + "}\nspec: {subjects: [" + subject + "], deny: [{}]}\n")
	}
	apply(t, text.String())
	passes(t, patch(t, mary, allowed))
	passes(t, patch(t, john, notAllowed))
	// The schema takes no name that is empty: it would look like everyone and be nobody.
	refused(t, kubectl(t, cluster.Admin, policyWith(`{subjects: [{kind: Group, name: ""}], deny: [{}]}`), "apply", "-f", "-"), "spec.subjects[0].name")
	refused(t, kubectl(t, cluster.Admin, policyWith(`{subjects: [], deny: [{}]}`), "apply", "-f", "-"), "spec.subjects")
}

func TestEachKindOfSubjectMatches(t *testing.T) {
	for subject, user := range map[string]string{
		`{kind: User, name: mary}`:                              mary,
		`{kind: Group, name: team-b}`:                           john,
		`{kind: Group, name: "system:authenticated"}`:           guard,
		`{kind: User, name: "system:serviceaccount:flows:bot"}`: bot,
		`{kind: ServiceAccount, name: bot, namespace: flows}`:   bot,
		`{kind: Group, name: "system:serviceaccounts:flows"}`:   bot,
		`{kind: Group, name: "system:masters"}`:                 cluster.Admin,
	} {
		t.Run(subject, func(t *testing.T) {
			reset(t)
			apply(t, policyWith(`{subjects: [`+subject+`], allow: [{destinations: [10.20.0.0/16]}]}`))
			refused(t, patch(t, user, notAllowed), `"`+user+`" may not send NetFlow there`)
			passes(t, patch(t, user, allowed))
		})
	}
}

func TestWhoImpersonatesIsJudgedAsWhomTheyImpersonate(t *testing.T) {
	reset(t)
	apply(t, guarded)
	as := func(flows string, flags ...string) cluster.Result {
		return kubectl(t, cluster.Admin, "", append([]string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}, flags...)...)
	}
	asMary := []string{"--as=mary", "--as-group=network-team", "--as-group=team-a"}
	refused(t, as(notAllowed, asMary...), told)
	passes(t, as(allowed, asMary...))
	// What the groups are is the API server's to say; who may impersonate may leave one out.
	passes(t, as(notAllowed, "--as=mary", "--as-group=network-team"))
	passes(t, as(`null`))
	passes(t, as(notAllowed, "--as="+cluster.Operator))
	// Mary may impersonate nobody.
	for _, other := range []string{john, cluster.Operator, exempted} {
		refused(t, kubectl(t, mary, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":null}}`, "--as="+other), "cannot impersonate")
	}
}

func TestAChangedPolicyIsInForceWithinSeconds(t *testing.T) {
	reset(t)
	apply(t, guarded)
	refused(t, patch(t, mary, notAllowed), told)
	passes(t, patch(t, mary, allowed))
	must(t, cluster.Admin, strings.Replace(guarded, "10.20.0.0/16", "192.0.2.0/24", 1), "apply", "-f", "-")
	eventually(t, func() string {
		if r := patch(t, mary, `{"netFlow":{"collectors":["10.20.0.1:2055","192.0.2.1:2055"]}}`); !r.OK() {
			return "the new range is not allowed: " + r.All()
		}
		return ""
	})
	// What the old one allowed may stay, but not be added again.
	stands(t, `{"netFlow":{"collectors":["10.20.0.1:2055","192.0.2.1:2055"]}}`)
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["10.20.0.1:2055","10.20.0.2:2055"]}}`), `"10.20.0.2:2055": "mary" may not`)
	must(t, cluster.Admin, "", "delete", "fep", "team-a")
	eventually(t, func() string {
		if r := patch(t, mary, `{"netFlow":{"collectors":["10.20.0.2:2055"]}}`); !r.OK() {
			return "a deleted policy denies: " + r.All()
		}
		return ""
	})
}

// The status follows the generation, so that "kubectl wait" and people can rely on it.
func TestTheStatusTellsWhichGenerationIsInForce(t *testing.T) {
	reset(t)
	apply(t, guarded)
	must(t, cluster.Admin, "", "patch", "fep", "team-a", "--type=merge", "-p", `{"spec":{"maxCollectors":1}}`)
	eventually(t, func() string {
		text := must(t, cluster.Admin, "", "get", "fep", "team-a", "-o", `jsonpath={.metadata.generation} {.status.observedGeneration} {.status.conditions[?(@.type=="Ready")].observedGeneration}`).Stdout
		if text != "2 2 2" {
			return "generations " + text
		}
		return ""
	})
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["10.20.0.1:2055","10.20.0.2:2055"]}}`), "[policy team-a/maxCollectors]")
}
