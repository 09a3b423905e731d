package admission

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// An object from before Sluice holds an entry that would be refused today.
const oldBad = `{"netFlow":{"collectors":["10.0.0.01:2055","192.0.2.1:2055"]}}`

func TestUnrelatedEditOfAnOldBadObjectPasses(t *testing.T) {
	reset(t)
	store(t, oldBad)
	result := must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"logLevel":"Debug"}}`}})
	if result.Stderr != "" {
		t.Errorf("printed %s", result.Stderr)
	}
}

func TestOldBadEntryMayStayButNotSpread(t *testing.T) {
	reset(t)
	store(t, oldBad)
	golden(t, "ratchet-kept", merge(t, `{"netFlow":{"collectors":["10.0.0.01:2055","192.0.2.1:2055","192.0.2.2:2055"]}}`))
	golden(t, "ratchet-moved", merge(t, `{"ipfix":{"collectors":["10.0.0.01:2055"]}}`))
	golden(t, "ratchet-removed", merge(t, `{"netFlow":{"collectors":["10.0.0.01:2055"]}}`))
	if got, want := stored(t), `{"netFlow":{"collectors":["10.0.0.01:2055"]}}`; got != want {
		t.Errorf("stored %s, want %s", got, want)
	}
}

// The Cluster Network Operator re-applies the whole object; refusing that would make it
// Degraded.
func TestOperatorReappliesAnOldBadObject(t *testing.T) {
	reset(t)
	store(t, oldBad)
	for _, manager := range []string{"cluster-network-operator/operconfig", "cluster-network-operator/clusterconfig"} {
		object := must(t, cluster.Command{User: cluster.Operator, Args: []string{"get", "network.operator", "cluster", "-o", "json"}}).Stdout
		must(t, cluster.Command{User: cluster.Operator, Stdin: withoutManagedFields(t, object), Args: []string{"apply", "--server-side", "--force-conflicts", "--field-manager=" + manager, "-f", "-"}})
	}
	if got := stored(t); got != oldBad {
		t.Errorf("stored %s, want %s", got, oldBad)
	}
}

// The operator's status is another subresource; it is never reviewed.
func TestStatusIsNotReviewed(t *testing.T) {
	reset(t)
	store(t, oldBad)
	before := strings.Count(shared.log.String(), `"verdict":`)
	must(t, cluster.Command{User: cluster.Admin, Args: []string{"patch", "network.operator", "cluster", "--subresource=status", "--type=merge", "-p", `{"status":{"readyReplicas":1}}`}})
	if after := strings.Count(shared.log.String(), `"verdict":`); after != before {
		t.Errorf("a status write was reviewed %d times", after-before)
	}
}
