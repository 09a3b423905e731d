package agent

import (
	"context"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
)

// Source is the cluster, as far as an agent sees it.
type Source interface {
	// Run watches the cluster until ctx ends.
	Run(ctx context.Context) error
	// Changes gets a value when something changed.
	Changes() <-chan struct{}
	// Inputs is what stands in the cluster now; false if not all of it is known yet.
	Inputs() (Snapshot, bool)
	// Publish stores a status soon, if it differs from what is stored. It doesn't block.
	Publish(v1alpha1.NodeFlowExportStatus)
	// OnPublish names a function that is told how each write went.
	OnPublish(result func(error))
}

// Snapshot is what stands in the cluster.
type Snapshot struct {
	desired.Inputs
	// Verify is the request for a verification, if any.
	Verify string
	// Status is what the node's NodeFlowExport says; nil if there is none.
	Status *v1alpha1.NodeFlowExportStatus
}
