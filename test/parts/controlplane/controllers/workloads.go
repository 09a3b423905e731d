package main

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/disruption"
	"k8s.io/kubernetes/pkg/controller/replicaset"
)

// runWorkloads runs the controllers of Deployments, ReplicaSets and PodDisruptionBudgets.
func runWorkloads(ctx context.Context, kubeconfig string) error {
	c, err := connect(kubeconfig)
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("read %s: %w", kubeconfig, err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.kube.Discovery()))
	scales, err := scale.NewForConfig(config, mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(c.kube.Discovery()))
	if err != nil {
		return fmt.Errorf("prepare the client of scales: %w", err)
	}
	shared := informers.NewSharedInformerFactory(c.kube, 0)
	core, apps := shared.Core().V1(), shared.Apps().V1()
	deployments, err := deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), core.Pods(), c.kube)
	if err != nil {
		return fmt.Errorf("prepare the controller of Deployments: %w", err)
	}
	const burst = 100
	sets := replicaset.NewReplicaSetController(ctx, apps.ReplicaSets(), core.Pods(), c.kube, burst)
	budgets := disruption.NewDisruptionController(ctx, core.Pods(), shared.Policy().V1().PodDisruptionBudgets(), core.ReplicationControllers(),
		apps.ReplicaSets(), apps.Deployments(), apps.StatefulSets(), c.kube, mapper, scales, c.kube.Discovery())
	shared.Start(ctx.Done())
	var group sync.WaitGroup
	group.Go(func() { deployments.Run(ctx, 1) })
	group.Go(func() { sets.Run(ctx, 1) })
	group.Go(func() { budgets.Run(ctx, 1) })
	group.Wait()
	return nil
}
