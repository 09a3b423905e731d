package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
	"sluice/webhook/paths"
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
	slices.Sort(down)
	return c.silent(ctx, f, len(reports), down)
}

// silent says what silent agents mean: it is no fault of those that are not to run any more. The check of the reports
// says what to do then.
func (c Cluster) silent(ctx context.Context, f Finding, reports int, down []string) Finding {
	left, absent, unknown := 0, false, ""
	if len(down) > 0 {
		cluster, err := c.Status(ctx)
		if err != nil {
			unknown = err.Error()
		} else {
			unknown = cmp.Or(cluster.ScopeUnknown, cluster.NodesUnknown)
		}
		absent = !cluster.Installed
		all := len(down)
		down = slices.DeleteFunc(down, cluster.LeftOver)
		left = all - len(down)
	}
	if len(down) == 0 {
		f.Detail = fmt.Sprintf("%[1]d of %[1]d are alive", reports-left)
		switch {
		case left == 1:
			f.Detail += ", and 1 is not to run any more"
		case left > 1:
			f.Detail += fmt.Sprintf(", and %d are not to run any more", left)
		}
		return f
	}
	f.State, f.Why = Bad, fmt.Sprintf("%d of %d agents have not renewed their Leases: %s", len(down), reports-left, shorten(down))
	f.Do = fmt.Sprintf("kubectl -n %[1]s get pods -o wide; kubectl -n %[1]s describe daemonset %[2]s", v1alpha1.AgentNamespace, v1alpha1.AgentDaemonSet)
	switch {
	case unknown != "":
		f.State, f.Why = Unknown, f.Why+"; it is unknown whether they are to run: "+paths.Redact(unknown)
	case absent:
		f.Why += fmt.Sprintf("; there is no DaemonSet %s", v1alpha1.AgentDaemonSet)
		f.Do = "if the agents are not to run any more, delete the reports: kubectl delete nodeflowexport NODE"
	}
	return f
}
