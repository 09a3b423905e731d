package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// tenants is what the measurements of FlowExports share: a node with a pod of each tenant.
type tenants struct {
	*applier
	count int
	agent *nodes.Agent
}

// manyTenants is how many tenants a node has in the measurement of memory.
const manyTenants = 100

// namespaceOf is the namespace of a tenant, counted from 0. Each has one pod.
func namespaceOf(tenant int) string { return fmt.Sprintf("tenant-%03d", tenant) }

// flowExports measures the records of tenants.
func (b *bench) flowExports(ctx context.Context) (err error) {
	if err := b.splitting(); err != nil {
		return err
	}
	c, err := cluster.StartControlPlane(ctx, cluster.Users())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	if err := c.InstallOpenShift(ctx); err != nil {
		return err
	}
	t := &tenants{applier: &applier{bench: b}, count: manyTenants}
	t.fleet, err = nodes.Start(ctx, c, nodes.Options{Nodes: []string{"worker-1"}, Program: b.agent, Pods: t.count})
	defer func() { err = errors.Join(err, t.fleet.Stop()) }()
	if err != nil {
		return err
	}
	if !t.fleet.Network.Isolated() {
		return errors.New("traffic between pods needs namespaces, which only root can make")
	}
	t.node = t.fleet.Nodes[0]
	if t.client, err = dynamic.NewForConfig(c.As(cluster.Admin)); err != nil {
		return fmt.Errorf("reach the API server: %w", err)
	}
	if err := t.prepare(ctx); err != nil {
		return err
	}
	for _, m := range []measurement{{"the delay", t.delay}, {"CPU and the datapath", t.load}, {"memory", t.memory}} {
		b.progress(m.what)
		if err := m.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", m.what, err)
		}
	}
	return nil
}

// prepare makes the namespaces, the owners of the interfaces and the FlowExports, none of which is accepted.
func (t *tenants) prepare(ctx context.Context) error {
	for i := range t.count {
		if err := t.node.SetOwner(ctx, i+1, namespaceOf(i)+"_web"); err != nil {
			return err
		}
		namespace := &corev1.Namespace{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: metav1.ObjectMeta{Name: namespaceOf(i)}}
		if err := t.create(ctx, t.client.Resource(corev1.SchemeGroupVersion.WithResource("namespaces")), namespace); err != nil {
			return err
		}
		export := &v1alpha1.FlowExport{
			TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "FlowExport"}, ObjectMeta: metav1.ObjectMeta{Name: "siem", Namespace: namespaceOf(i)},
			Spec: v1alpha1.FlowExportSpec{IPFIX: v1alpha1.FlowExportIPFIX{Collectors: []v1alpha1.FlowExportCollector{v1alpha1.FlowExportCollector(tenantCollector(i).String())}}},
		}
		if err := t.create(ctx, t.client.Resource(kube.FlowExports()).Namespace(namespaceOf(i)), export); err != nil {
			return err
		}
	}
	return nil
}

// tenantCollector is the collector of a tenant: all are on one address of the outside.
func tenantCollector(tenant int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, 98}), uint16(10000+tenant))
}

func (t *tenants) create(ctx context.Context, resource dynamic.ResourceInterface, object any) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return fmt.Errorf("build an object: %w", err)
	}
	if _, err := resource.Create(ctx, &unstructured.Unstructured{Object: content}, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create an object: %w", err)
	}
	return nil
}

// accept makes the FlowExports of the first tenants accepted, and those of the others denied, as the controller
// would. It waits until the row says so.
func (t *tenants) accept(ctx context.Context, first int) error {
	var failure error
	var mu sync.Mutex
	var group sync.WaitGroup
	for part := range 8 {
		group.Go(func() {
			for i := part; i < t.count; i += 8 {
				if err := t.judge(ctx, i, i < first); err != nil {
					mu.Lock()
					failure = err
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	if failure != nil {
		return failure
	}
	return t.row(ctx, "targets", first > 0, "127.0.0.1:")
}

// judge writes the status of a FlowExport.
func (t *tenants) judge(ctx context.Context, tenant int, accepted bool) error {
	resource := t.client.Resource(kube.FlowExports()).Namespace(namespaceOf(tenant))
	object, err := resource.Get(ctx, "siem", metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("read a FlowExport: %w", err)
	}
	status, reason := "False", v1alpha1.ReasonDenied
	if accepted {
		status, reason = "True", "Allowed"
	}
	object.Object["status"] = map[string]any{"conditions": []any{map[string]any{
		"type": v1alpha1.ConditionAccepted, "status": status, "reason": reason, "message": "by the benchmark",
		"observedGeneration": object.GetGeneration(), "lastTransitionTime": "2026-01-01T00:00:00Z",
	}}}
	if _, err := resource.UpdateStatus(ctx, object, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("write the status of a FlowExport: %w", err)
	}
	return nil
}
