// Command controllers runs some of the controllers of kube-controller-manager: the garbage collector
// and the namespace controller, each with its own kubeconfig, or those that keep the pods of
// Deployments and the status of PodDisruptionBudgets. The whole program would need many more
// modules, and minutes more to compile.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
)

func main() {
	collector := flag.String("garbage-collector-kubeconfig", "", "kubeconfig of the garbage collector")
	cleaner := flag.String("namespace-kubeconfig", "", "kubeconfig of the namespace controller")
	workloads := flag.String("workloads-kubeconfig", "", "kubeconfig of the controllers of Deployments, ReplicaSets and PodDisruptionBudgets; the others are not run then")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	var err error
	if *workloads != "" {
		err = runWorkloads(ctx, *workloads)
	} else {
		err = run(ctx, *collector, *cleaner)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "controllers:", err)
		os.Exit(1)
	}
}

// clients are those of one controller.
type clients struct {
	kube     kubernetes.Interface
	metadata metadata.Interface
}

func connect(kubeconfig string) (clients, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return clients{}, fmt.Errorf("read %s: %w", kubeconfig, err)
	}
	config.QPS = -1
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return clients{}, err
	}
	objects, err := metadata.NewForConfig(rest.CopyConfig(config))
	return clients{kube, objects}, err
}

func run(ctx context.Context, collectorConfig, cleanerConfig string) error {
	collector, err := connect(collectorConfig)
	if err != nil {
		return err
	}
	cleaner, err := connect(cleanerConfig)
	if err != nil {
		return err
	}
	shared := informers.NewSharedInformerFactory(collector.kube, 0)
	started := make(chan struct{})
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(collector.kube.Discovery()))
	garbage, err := garbagecollector.NewGarbageCollector(ctx, collector.kube, collector.metadata, mapper,
		map[schema.GroupResource]struct{}{{Resource: "events"}: {}, {Group: "events.k8s.io", Resource: "events"}: {}},
		informerfactory.NewInformerFactory(shared, metadatainformer.NewSharedInformerFactory(collector.metadata, 0)), started)
	if err != nil {
		return fmt.Errorf("prepare the garbage collector: %w", err)
	}
	names := informers.NewSharedInformerFactory(cleaner.kube, 0)
	namespaces := namespace.NewNamespaceController(ctx, cleaner.kube, cleaner.metadata, func() ([]*metav1.APIResourceList, error) {
		return cleaner.kube.Discovery().ServerPreferredNamespacedResources()
	}, names.Core().V1().Namespaces(), time.Minute, corev1.FinalizerKubernetes)
	shared.Start(ctx.Done())
	names.Start(ctx.Done())
	close(started)
	var group sync.WaitGroup
	group.Go(func() { garbage.Run(ctx, 1, 10*time.Second) })
	group.Go(func() { garbage.Sync(ctx, collector.kube.Discovery(), time.Second) })
	group.Go(func() { namespaces.Run(ctx, 1) })
	group.Wait()
	return nil
}
