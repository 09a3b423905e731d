package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// shownNodes is how many nodes a finding names.
const shownNodes = 5

// alive checks whether the agents that reported still renew their Leases. Agents are an
// optional part: without reports there is nothing to check.
func (c Cluster) alive(ctx context.Context) Finding {
	f := Finding{ID: idAlive, State: OK, What: "agents that reported"}
	reports, err := c.List(ctx, kube.NodeFlowExports(), "")
	if err != nil {
		return f.unknown(err)
	}
	if len(reports) == 0 {
		f.Detail = "none has reported, so none is checked"
		return f
	}
	list, err := c.List(ctx, kube.Leases(), v1alpha1.AgentNamespace)
	if err != nil {
		return f.unknown(err)
	}
	alive := map[string]bool{}
	for i := range list {
		var l coordinationv1.Lease
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list[i].Object, &l); err != nil {
			return f.unknown(err)
		}
		if l.Spec.RenewTime != nil && l.Spec.LeaseDurationSeconds != nil {
			ends := l.Spec.RenewTime.Add(time.Duration(*l.Spec.LeaseDurationSeconds) * time.Second)
			alive[l.Name] = !c.Now().After(ends)
		}
	}
	var down []string
	for i := range reports {
		if name := reports[i].GetName(); !alive[name] {
			down = append(down, name)
		}
	}
	if len(down) == 0 {
		f.Detail = fmt.Sprintf("%d of %d are alive", len(reports), len(reports))
		return f
	}
	slices.Sort(down)
	f.State, f.Why = Bad, fmt.Sprintf("%d of %d agents have not renewed their Leases: %s", len(down), len(reports), shorten(down))
	f.Do = fmt.Sprintf("kubectl -n %[1]s get pods -o wide; kubectl -n %[1]s describe daemonset sluice-agent", v1alpha1.AgentNamespace)
	return f
}
