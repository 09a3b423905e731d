package cluster

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// AddNodes creates many Nodes without pods, node-0 and so on, with about as many labels and
// annotations as those of OpenShift. They are in one of three zones, zone-0 to zone-2.
func (c *ControlPlane) AddNodes(ctx context.Context, count int) error {
	config := c.As(Admin)
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("create nodes: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i := range count {
		group.Go(func() error {
			name := fmt.Sprintf("node-%d", i)
			labels := map[string]string{
				"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": fmt.Sprintf("zone-%d", i%3),
			}
			for n := range 20 {
				labels[fmt.Sprintf("feature.node.kubernetes.io/cpu-cpuid.FEATURE%d", n)] = "true"
			}
			annotations := map[string]string{"k8s.ovn.org/host-cidrs": strings.Repeat(`"192.0.2.1/24",`, 100), "k8s.ovn.org/l3-gateway-config": strings.Repeat("x", 2000)}
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: annotations}}
			for n := range 20 {
				node.Status.Images = append(node.Status.Images, corev1.ContainerImage{Names: []string{fmt.Sprintf("registry.example.com/image-%d@sha256:%s", n, strings.Repeat("0", 64))}})
			}
			if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
				return fmt.Errorf("create node %s: %w", name, err)
			}
			return nil
		})
	}
	return group.Wait()
}
