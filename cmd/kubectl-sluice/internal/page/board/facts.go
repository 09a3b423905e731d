package board

import (
	"time"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// Facts are what is known of a cluster at one moment.
type Facts struct {
	// Context and Server name the cluster.
	Context, Server string
	// Cluster is what "kubectl sluice status" shows.
	Cluster status.Cluster
	// Policies are the FlowExportPolicies.
	Policies []v1alpha1.FlowExportPolicy
	// Events are those about objects of Sluice.
	Events []Event
	// Sources says of each resource whether it can be read.
	Sources []Source
	// Me is the user of the kubeconfig.
	Me Me
	// Now is the API server's time, and Ahead how far its clock is ahead of this machine's.
	Now   time.Time
	Ahead time.Duration

	// left is how many nodes are left out; see bounded.
	left int
}

// Event is an Event of the API server.
type Event struct {
	Time                  time.Time
	Warning               bool
	Kind, Object          string
	Reason, Message, From string
	Count                 int
}

// Me is the user, as the API server sees them.
type Me struct {
	Name   string   `json:"name"`
	Groups []string `json:"groups,omitempty"`
	// Why says why the user is unknown; empty if it is known.
	Why string `json:"why,omitempty"`
	// MayPatch says whether the user may patch Network.operator: yes, no or unknown.
	MayPatch string `json:"mayPatch"`
}
