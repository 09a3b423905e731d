package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
)

// shownNodes is how many nodes a finding names.
const shownNodes = 5

// alive looks whether the agents that reported still renew their Leases. What never
// reported is not missed: the agents are an optional part.
func (c Cluster) alive(ctx context.Context) Finding {
	f := Finding{State: OK, What: "the agents that reported are alive"}
	reports, err := c.Client.Resource(v1alpha1.GroupVersion.WithResource("nodeflowexports")).List(ctx, metav1.ListOptions{})
	if err != nil {
		f.State, f.Why = Unknown, err.Error()
		return f
	}
	if len(reports.Items) == 0 {
		f.What = "no agent has reported, so none is looked for"
		return f
	}
	leases := schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
	list, err := c.Client.Resource(leases).Namespace(v1alpha1.AgentNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		f.State, f.Why = Unknown, err.Error()
		return f
	}
	alive := map[string]bool{}
	for i := range list.Items {
		var l coordinationv1.Lease
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, &l); err != nil {
			f.State, f.Why = Unknown, err.Error()
			return f
		}
		if l.Spec.RenewTime != nil && l.Spec.LeaseDurationSeconds != nil {
			ends := l.Spec.RenewTime.Add(time.Duration(*l.Spec.LeaseDurationSeconds) * time.Second)
			alive[l.Name] = !c.Now().After(ends)
		}
	}
	var down []string
	for i := range reports.Items {
		if name := reports.Items[i].GetName(); !alive[name] {
			down = append(down, name)
		}
	}
	if len(down) == 0 {
		return f
	}
	slices.Sort(down)
	names := strings.Join(down[:min(len(down), shownNodes)], ", ")
	if more := len(down) - shownNodes; more > 0 {
		names = fmt.Sprintf("%s and %d more", names, more)
	}
	f.State, f.Why = Bad, fmt.Sprintf("%d of %d agents have not renewed their Leases: %s", len(down), len(reports.Items), names)
	f.Do = fmt.Sprintf("kubectl -n %[1]s get pods -o wide; kubectl -n %[1]s describe daemonset sluice-agent", v1alpha1.AgentNamespace)
	return f
}
