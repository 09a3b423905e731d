package agent

import (
	"context"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
)

// Source is the cluster, as far as an agent uses it.
type Source interface {
	// Run watches the cluster until ctx ends.
	Run(ctx context.Context) error
	// Changes gets a value when something changed.
	Changes() <-chan struct{}
	// Inputs are the objects in the cluster now; false if not all have been read yet.
	Inputs() (Snapshot, bool)
	// Failing are the resources whose changes are not seen, because their watch fails although that
	// of others works.
	Failing() []string
	// Publish stores a status soon, if it differs from what is stored. It doesn't block.
	Publish(v1alpha1.NodeFlowExportStatus)
	// OnPublish names a function that gets the result of each write. After one that failed, it also gets nil if what
	// was to be written is stored.
	OnPublish(result func(error))
}

// Snapshot is what an agent reads from the cluster.
type Snapshot struct {
	desired.Inputs
	// Verify is the request for a verification, if any.
	Verify string
	// Status is the status of the node's NodeFlowExport; nil if it does not exist.
	Status *v1alpha1.NodeFlowExportStatus
}
