package doctor

import (
	"context"
	"fmt"
	"slices"

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
		r, renewed, err := kube.ReadRenewal(&list[i])
		if err != nil {
			return f.unknown(err)
		}
		alive[list[i].GetName()] = renewed && !c.Now().After(r.At.Add(r.Duration))
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
