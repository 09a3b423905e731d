package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sluice/api/v1alpha1"
)

// WebhookNamespace is where Sluice's webhook runs.
const WebhookNamespace = "sluice-system"

// ErrNoReplica means that no replica of the webhook publishes its options.
var ErrNoReplica = errors.New("no replica of the webhook publishes its options")

// WebhookOptions returns the options that the replicas of the webhook publish. It is an error if they
// differ, as they do during an upgrade.
func (c *Cluster) WebhookOptions(ctx context.Context) (v1alpha1.WebhookOptions, error) {
	leases, err := c.List(ctx, Leases(), WebhookNamespace)
	if err != nil {
		return v1alpha1.WebhookOptions{}, err
	}
	var found []v1alpha1.WebhookOptions
	for _, l := range leases {
		text, ok := l.GetAnnotations()[v1alpha1.OptionsAnnotation]
		if !ok || l.GetLabels()[v1alpha1.ReplicaLabel] != v1alpha1.ReplicaWebhook {
			continue
		}
		var o v1alpha1.WebhookOptions
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			return o, fmt.Errorf("options of the webhook in Lease %s: %w", l.GetName(), err)
		}
		slices.Sort(o.ExemptUsers)
		if len(found) > 0 && !equalOptions(o, found[0]) {
			return o, fmt.Errorf("the replicas of the webhook have different options: %+v and %+v; wait until they are replaced, or set the flags", found[0], o)
		}
		found = append(found, o)
	}
	if len(found) == 0 {
		return v1alpha1.WebhookOptions{}, ErrNoReplica
	}
	return found[0], nil
}

func equalOptions(a, b v1alpha1.WebhookOptions) bool {
	return a.Normalization == b.Normalization && a.IPFamilies == b.IPFamilies && slices.Equal(a.ExemptUsers, b.ExemptUsers)
}
